import { expect, test } from 'vitest';
import { writeStoreRequest } from './store-request.ts';

const boundaryOf = (contentType: string) => /boundary=(\S+)$/.exec(contentType)?.[1] ?? '';

test('one part holds the file as it is', () => {
  const file = Buffer.from([0, 0x0d, 0x0a, 0x2d, 0x2d, 255]);
  const { contentType, body } = writeStoreRequest(file);
  expect(contentType).toMatch(/^multipart\/related; type="application\/dicom"; boundary=[\w-]+$/);
  const boundary = boundaryOf(contentType);
  expect(body).toEqual(
    Buffer.concat([
      Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
      file,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  );
});

test('no file can end its part: the boundary is one that it does not hold', () => {
  const plain = boundaryOf(writeStoreRequest(Buffer.from('x')).contentType);
  const hostile = Buffer.from(`a\r\n--${plain}\r\nb`);
  const { contentType, body } = writeStoreRequest(hostile);
  const boundary = boundaryOf(contentType);
  expect(boundary).not.toBe(plain);
  expect(body.toString().split(boundary)).toHaveLength(3);
});

test('the same file gives the same bytes', () => {
  const file = Buffer.from('same');
  expect(writeStoreRequest(file)).toEqual(writeStoreRequest(file));
});
