/**
 * The operating system's keychain behind a worker thread with a time limit: a store that hangs or blocks
 * never holds up the app. Must not fall back to any weaker store.
 */
import { Worker } from 'node:worker_threads';
import { AppError } from '../../core/errors.ts';
import { classifyKeychainError, type Keychain, keychainValueBytes } from './keychain.ts';

type RequestHead = { readonly id: number; readonly service: string; readonly name: string };

/** What the worker is asked. */
export type KeychainRequest =
  | (RequestHead & { readonly operation: 'read' | 'remove' })
  | (RequestHead & { readonly operation: 'write'; readonly value: Uint8Array<ArrayBuffer> });

/** What the worker answers. */
export type KeychainReply =
  | { readonly id: number; readonly kind: 'done' | 'none' }
  | { readonly id: number; readonly kind: 'value'; readonly value: Uint8Array<ArrayBuffer> }
  | { readonly id: number; readonly kind: 'error'; readonly message: string };

type Pending = { readonly resolve: (reply: KeychainReply) => void; readonly reject: (error: Error) => void };

const storeNames: Readonly<Record<string, string>> = {
  darwin: 'macOS Keychain',
  linux: 'Secret Service',
  win32: 'Windows Credential Manager',
};

/**
 * Opens the keychain. Nothing is started before the first call. `timeoutMs` is long by default because the store
 * may be asking the person for a password in a window of its own.
 */
export function openOsKeychain(
  options: { readonly service?: string; readonly timeoutMs?: number; readonly workerUrl?: URL } = {},
): Keychain {
  const service = options.service ?? 'threebot';
  const timeoutMs = options.timeoutMs ?? 30_000;
  const workerUrl = options.workerUrl ?? new URL('./entry-keychain.ts', import.meta.url);
  const waiting = new Map<number, Pending>();
  let worker: Worker | undefined;
  let lastId = 0;

  const drop = (error: Error): void => {
    const gone = worker;
    worker = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    // Not awaited: a thread inside a hung native call may never end.
    void gone?.terminate();
  };

  const start = (): Worker => {
    const started = new Worker(workerUrl);
    started.unref();
    started.on('message', (reply: KeychainReply) => {
      const pending = waiting.get(reply.id);
      waiting.delete(reply.id);
      pending?.resolve(reply);
    });
    started.on('error', (cause) => {
      if (started === worker)
        drop(new AppError('keychain/unavailable', cause instanceof Error ? cause.message : String(cause), { cause }));
    });
    return started;
  };

  const ask = async (
    request:
      | { readonly operation: 'read' | 'remove'; readonly name: string }
      | { readonly operation: 'write'; readonly name: string; readonly value: Uint8Array<ArrayBuffer> },
  ): Promise<Exclude<KeychainReply, { kind: 'error' }>> => {
    worker ??= start();
    lastId += 1;
    const id = lastId;
    const target = worker;
    let timer: NodeJS.Timeout | undefined;
    try {
      const reply = await new Promise<KeychainReply>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        timer = setTimeout(() => {
          drop(new AppError('keychain/hung', `no answer in ${timeoutMs} ms`, { retry: true }));
        }, timeoutMs);
        const message: KeychainRequest = { ...request, id, service };
        target.postMessage(message, message.operation === 'write' ? [message.value.buffer] : []);
      });
      if (reply.kind !== 'error') return reply;
      throw new AppError(classifyKeychainError(reply.message), reply.message, { retry: true });
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    async read(name) {
      const reply = await ask({ operation: 'read', name });
      if (reply.kind !== 'value') return undefined;
      if (reply.value.length !== keychainValueBytes) {
        reply.value.fill(0);
        throw new AppError('keychain/denied', `the value under ${name} is not one of ours`);
      }
      return reply.value;
    },
    async write(name, value) {
      if (value.length !== keychainValueBytes) throw new RangeError(`a keychain value has ${keychainValueBytes} bytes`);
      await ask({ operation: 'write', name, value: Uint8Array.from(value) });
    },
    async remove(name) {
      return (await ask({ operation: 'remove', name })).kind === 'done';
    },
    describe: () => storeNames[process.platform] ?? 'keychain',
    async close() {
      drop(new AppError('keychain/unavailable', 'closed'));
    },
  };
}
