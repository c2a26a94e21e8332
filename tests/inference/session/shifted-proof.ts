// The proof process with a table whose every place is wrong by SCANSIDE_SHIFT: what preflight.test.ts starts.
import process from 'node:process';
import {
  type LibraryUse,
  proveLibrary,
} from '../../../runtime/inference/session/ort-capi/library-proof.ts';
import { ortTable } from '../../../runtime/inference/session/ort-capi/ort-table.ts';

const shift = Number(process.env['SCANSIDE_SHIFT']);
const shifted = Object.entries(ortTable).map(([name, [place, ...row]]) => {
  return [name, [place + shift, ...row]] as const;
});

process.once('message', (use: LibraryUse) => {
  proveLibrary(use, Object.fromEntries(shifted) as unknown as typeof ortTable).then(
    () => process.send?.(''),
    (error: Error) => process.send?.(error.message),
  );
});
process.on('disconnect', () => process.exit(0));
