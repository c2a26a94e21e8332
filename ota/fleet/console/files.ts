import type { FastifyInstance } from 'fastify';
import { liveScript } from './live.ts';
import { consoleStyle } from './style.ts';

const files: readonly [path: string, type: string, text: string][] = [
  ['/console.css', 'text/css; charset=utf-8', consoleStyle],
  ['/console.js', 'text/javascript; charset=utf-8', liveScript],
];

/** Serves what every page needs, to everybody: nothing of the fleet is in it. */
export function serveFiles(app: FastifyInstance): void {
  for (const [path, type, text] of files)
    app.get(path, { config: { console: 'public' } }, (_request, reply) =>
      reply.header('cache-control', 'public, max-age=300').type(type).send(text),
    );
}
