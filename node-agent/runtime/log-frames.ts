// Takes apart the frames in which the Docker API sends a container's output. Pure.

/** Joins the payloads of `[stream, 0, 0, 0, length as 32 bits big-endian]` frames (Docker Engine API, "attach"); a cut frame ends it. */
export function joinLogFrames(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const payloads: Uint8Array[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const end = at + 8 + view.getUint32(at + 4);
    payloads.push(bytes.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(payloads).toString('utf8');
}
