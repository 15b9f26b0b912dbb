/** The one request that a node answers to a party of a running contract: a page of its workload. Pure. */
import * as v from 'valibot';
import { decode, encode } from './cbor.ts';
import { anyBytes, hash32, integer, parse, text } from './schema.ts';

/** Body bytes beyond this are cut. */
export const maxBodyBytes = 524_288;

const requestSchema = v.strictObject({
  contract: hash32,
  workload: text(32, 1),
  method: v.literal('GET'),
  path: v.pipe(text(1024, 1), v.startsWith('/')),
});

/** A media type by RFC 9110, 8.3.1: `type/subtype`, then parameters; printable ASCII only (G14). */
const mediaType =
  /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?: ?; ?[\w!#$%&'*+.^`|~-]+=(?:[\w!#$%&'*+.^`|~-]+|"[ !#-[\]-~]*"))*$/;

/** What a page is whose node names no media type: bytes. */
const unknownType = 'application/octet-stream';

const answerSchema = v.strictObject({
  status: integer(100, 599),
  /** The workload chooses it and a window shows it: what is no media type is cleaned away, the page stays. */
  contentType: v.pipe(
    v.string(),
    v.transform((said) => (said.length <= 200 && mediaType.test(said) ? said : unknownType)),
  ),
  body: v.pipe(anyBytes, v.maxLength(maxBodyBytes)),
});

export type WorkloadRequest = v.InferOutput<typeof requestSchema>;
export type WorkloadAnswer = v.InferOutput<typeof answerSchema>;

export const encodeWorkloadRequest = (request: WorkloadRequest): Uint8Array => encode(request);
export const decodeWorkloadRequest = (bytes: Uint8Array): WorkloadRequest =>
  parse(requestSchema, decode(bytes), 'net/refused');
export const encodeWorkloadAnswer = (answer: WorkloadAnswer): Uint8Array => encode(answer);
export const decodeWorkloadAnswer = (bytes: Uint8Array): WorkloadAnswer =>
  parse(answerSchema, decode(bytes), 'net/failed');
