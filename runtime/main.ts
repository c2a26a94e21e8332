// Entry point of the appliance. Nothing but this file's own lines runs before Node's version is known: the native
// modules crash an older one.
import process from 'node:process';

const oldest = 24;

if (Number(process.versions.node.split('.')[0]) < oldest) {
  process.stderr.write(
    `NODE_TOO_OLD: this is Node ${process.versions.node}; Scanside needs ${oldest} or newer. Start it with \`npm start\`, which brings its own.\n`,
  );
  process.exit(2);
}

const { serve } = await import('./service.ts');
await serve();
