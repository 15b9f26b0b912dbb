/**
 * The text frames of a WebSocket between window and main, in the wire format of core/wire. Asked: `{id, channel, input}`;
 * answered: `{id, output}` or `{id, error}`; told: `{changed}`. Frames only; the gate judges what is in them.
 */
import * as v from 'valibot';
import { AppError } from '../../core/errors.ts';
import { maxPayloadCharacters } from '../../core/ipc/contract.ts';
import { fromWire, toWire } from '../../core/wire.ts';
import type { Answer, Call } from './gate.ts';

const frameSchema = v.strictObject({
  id: v.pipe(v.number(), v.integer(), v.minValue(0)),
  channel: v.string(),
  input: v.unknown(),
});

/** Room for id and channel beside the largest input. */
export const maxFrameCharacters = maxPayloadCharacters + 256;

/** Reads a frame that asks. A frame that is too large or no frame becomes a call that the gate refuses and logs. */
export function readAskFrame(text: string): { readonly id: number; readonly call: Call } {
  if (text.length > maxFrameCharacters) {
    return {
      id: Number(/^\{"id":(\d{1,15}),/.exec(text)?.[1] ?? -1),
      call: { channel: '', size: text.length, read: unreadable },
    };
  }
  try {
    const frame = v.parse(frameSchema, fromWire(text));
    return { id: frame.id, call: { channel: frame.channel, size: text.length, read: () => frame.input } };
  } catch {
    return { id: -1, call: { channel: '', size: text.length, read: unreadable } }; // refused by the gate, with a log line
  }
}

const unreadable = (): never => {
  throw new AppError('ipc/bad-input', 'not a frame');
};

/** The frame that answers. */
export const answerFrame = (id: number, answer: Answer): string =>
  toWire(answer.kind === 'output' ? { id, output: answer.output } : { id, error: answer.error });

/** The frame that tells. */
export const changedFrame = (changed: unknown): string => toWire({ changed });
