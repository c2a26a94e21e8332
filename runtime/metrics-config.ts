import { z } from 'zod';
import { port, restart } from './config-value.ts';

/** Section `metrics` of the configuration. Without it nothing is served. */
export const metrics = z.strictObject({
  port: port.meta(
    restart('Port on this machine alone (127.0.0.1) where Prometheus finds `/metrics`.'),
  ),
});
