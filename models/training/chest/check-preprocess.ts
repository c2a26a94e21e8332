import process from 'node:process';
import { disk } from '../../../device/files.ts';
import { preprocess } from '../../preprocess.ts';

// check-preprocess.ts STORED ROWS COLUMNS PREPARED: bytes of a grey image in, float32 as the chest models see it out.
const [stored = '', rows = '', columns = '', prepared = ''] = process.argv.slice(2);
const image = preprocess(
  {
    rows: Number(rows),
    columns: Number(columns),
    values: Float32Array.from(disk.readBytes(stored)),
    range: [0, 255],
    photometric: 'MONOCHROME2',
    slope: 1,
    intercept: 0,
  },
  [
    { step: 'resize', rows: 224, columns: 224 },
    { step: 'percentile-window', low: 1, high: 99 },
  ],
);
disk.replace(prepared, Buffer.from(image.values.buffer));
