import Database from 'better-sqlite3-multiple-ciphers';

/**
 * A database encrypted with `secret` (64 hexadecimal digits), made where there is none. What a write has returned of is
 * on the disk. `prepare` is the first that is asked of it. Throws what SQLite does, also for another secret.
 */
export function openSealed(path: string, secret: string, prepare: string): Database.Database {
  const database = new Database(path);
  try {
    database.pragma(`cipher = 'chacha20'`);
    database.pragma(`key = 'raw:${secret}'`);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.exec(prepare);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
