/**
 * Worker: the only place that loads the native keyring. It may block for seconds, which is why it is a worker.
 * One request at a time; each answer carries the value or the store's error text, never both.
 */
import { parentPort } from 'node:worker_threads';
import { AsyncEntry } from '@napi-rs/keyring';
import type { KeychainReply, KeychainRequest } from './os-keychain.ts';

async function answer(request: KeychainRequest): Promise<KeychainReply> {
  try {
    // Pinned to the Secret Service on Linux: the library's fallback, the kernel's keyring, forgets at restart.
    const entry = new AsyncEntry(request.service, request.name, { linux: { store: 'secret-service' } });
    if (request.operation === 'write') {
      await entry.setSecret(request.value);
      request.value.fill(0);
      return { id: request.id, kind: 'done' };
    }
    if (request.operation === 'remove')
      return { id: request.id, kind: (await entry.deleteCredential()) ? 'done' : 'none' };
    const value = await entry.getSecret();
    if (value === null) return { id: request.id, kind: 'none' };
    const bytes = Uint8Array.from(value);
    value.fill(0);
    return { id: request.id, kind: 'value', value: bytes };
  } catch (error) {
    return { id: request.id, kind: 'error', message: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (request: KeychainRequest) => {
  void answer(request).then((reply) => {
    parentPort?.postMessage(reply, reply.kind === 'value' ? [reply.value.buffer] : []);
  });
});
