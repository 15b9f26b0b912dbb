/**
 * Who may come in: one-time tickets that turn into session cookies. Keeps only hashes, so that a look-up leaks nothing
 * by its timing and a dump of this process holds no ticket.
 */
import { createHash, randomBytes } from 'node:crypto';

/** How long a ticket can be redeemed. */
export const ticketLifeMs = 30_000;

const maxTickets = 32;
const maxSessions = 64;

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64');

export class Doorkeeper {
  readonly #now: () => number;
  readonly #tickets = new Map<string, number>();
  readonly #sessions = new Set<string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A new ticket: 32 random bytes in base64url, good once, for 30 seconds. */
  issueTicket(): string {
    const ticket = randomBytes(32).toString('base64url');
    this.#tickets.set(hashOf(ticket), this.#now() + ticketLifeMs);
    dropOldest(this.#tickets, maxTickets);
    return ticket;
  }

  /** The session of a good ticket, which is used up; undefined for any other. */
  redeem(ticket: string): string | undefined {
    const hash = hashOf(ticket);
    const untilMs = this.#tickets.get(hash);
    this.#tickets.delete(hash);
    if (untilMs === undefined || this.#now() >= untilMs) return undefined;
    const session = randomBytes(32).toString('base64url');
    this.#sessions.add(hashOf(session));
    dropOldest(this.#sessions, maxSessions);
    return session;
  }

  /** True for the cookie of a session that this process gave out. */
  knows(session: string | undefined): boolean {
    return session !== undefined && this.#sessions.has(hashOf(session));
  }
}

function dropOldest(kept: Map<string, unknown> | Set<string>, most: number): void {
  for (const key of kept.keys()) {
    if (kept.size <= most) return;
    kept.delete(key);
  }
}
