// Hands bytes to the person as a file, and takes a file from them.

/** Offers bytes for saving under a name. */
export const saveFile = (fileName: string, bytes: Uint8Array): void => {
  const address = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
};

/** The bytes of a chosen file; null when none was chosen. Reads no more than `mostBytes`. */
export const readFile = async (files: FileList | null, mostBytes: number): Promise<Uint8Array<ArrayBuffer> | null> => {
  const file = files?.[0];
  return file === undefined ? null : new Uint8Array(await file.slice(0, mostBytes).arrayBuffer());
};
