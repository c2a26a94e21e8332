/** The body of a Store transaction, and the media type that says how to take it apart. */
export interface StoreRequest {
  contentType: string;
  body: Buffer;
}

/**
 * One instance as the request of a Store transaction (PS3.18 10.5.1): multipart/related (RFC 2387) with one part of
 * type application/dicom. `file`: a Part 10 file. The same file gives the same bytes.
 */
export function writeStoreRequest(file: Uint8Array): StoreRequest {
  const boundary = chooseBoundary(file);
  return {
    contentType: `multipart/related; type="application/dicom"; boundary=${boundary}`,
    body: Buffer.concat([
      Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
      file,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}

/** A text that the file does not hold (RFC 2046 5.1.1). */
function chooseBoundary(file: Uint8Array): string {
  const held = Buffer.from(file.buffer, file.byteOffset, file.length);
  let at = 0;
  while (held.includes(boundaryAt(at))) at += 1;
  return boundaryAt(at);
}

function boundaryAt(at: number): string {
  return `part-of-a-store-request-${at}`;
}
