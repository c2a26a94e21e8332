// The proof process: started by preflight.ts for one library, which may kill it.
import process from 'node:process';
import { type LibraryUse, proveLibrary } from './library-proof.ts';

process.once('message', (use: LibraryUse) => {
  proveLibrary(use).then(
    () => process.send?.(''),
    (error: Error) => process.send?.(error.message),
  );
});
process.on('disconnect', () => process.exit(0));
