import process from 'node:process';

/** Resolves when the program is to stop: SIGTERM or SIGINT. */
export function stopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}
