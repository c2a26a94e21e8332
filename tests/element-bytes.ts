/** A data element in Explicit VR Little Endian, of a VR with a short length; text is padded to even length. */
export function element(tag: number, vr: string, text: string): Buffer {
  const padding = vr === 'UI' ? '\0' : ' ';
  const value = Buffer.from(text.length % 2 ? text + padding : text, 'latin1');
  const header = header8(tag);
  header.write(vr, 4, 'latin1');
  header.writeUInt16LE(value.length, 6);
  return Buffer.concat([header, value]);
}

/** A sequence of items with defined lengths. */
export function sequence(tag: number, items: Buffer[]): Buffer {
  const value = Buffer.concat(items.map(item));
  const header = Buffer.concat([header8(tag), Buffer.alloc(4)]);
  header.write('SQ', 4, 'latin1');
  header.writeUInt32LE(value.length, 8);
  return Buffer.concat([header, value]);
}

function item(content: Buffer): Buffer {
  const header = header8(0xfffe_e000);
  header.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, content]);
}

function header8(tag: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16LE(tag >>> 16, 0);
  header.writeUInt16LE(tag & 0xffff, 2);
  return header;
}
