import { z } from 'zod';
import { count, head, instant, word } from './field.ts';

const celsius = z.number().min(-100).max(300);
const unknown = 'Absent where it is not known.';

/** How the device stands now. May be thinned where much waits: the next one says what is so then. */
export const telemetry = z.strictObject({
  ...head,
  uptimeSeconds: count,
  conditions: z
    .array(z.strictObject({ id: word, priority: z.enum(['high', 'medium', 'low']) }))
    .max(128)
    .meta({ description: 'What is wrong, of docs/conditions.md, without values.' }),
  heat: z.strictObject({
    hottest: celsius.optional().meta({ description: `Degrees Celsius. ${unknown}` }),
    zones: z.array(z.strictObject({ name: word, celsius })).max(64),
    throttling: z.boolean().optional().meta({ description: unknown }),
  }),
  work: z.strictObject({
    engine: word,
    level: word.meta({ description: 'What heat, power and memory allow.' }),
    cause: word.optional(),
    waiting: count.meta({ description: 'Exams on their way.' }),
    undelivered: count.meta({ description: 'Results that wait for a destination.' }),
  }),
  outcomes: z
    .record(word, count)
    .meta({ description: 'Exams by outcome since the program has started.' }),
  latency: z
    .strictObject({
      relativeError: z.number().positive(),
      zero: count,
      counts: z.record(z.string().regex(/^-?\d{1,4}$/), count),
    })
    .meta({
      description:
        'Seconds from the last image to the result since the program has started: a DDSketch, which adds up.',
    }),
  disk: z.strictObject({ freeBytes: count, totalBytes: count }),
  memory: z.strictObject({
    availableBytes: count.optional().meta({ description: unknown }),
    totalBytes: count.optional().meta({ description: unknown }),
  }),
  certificates: z
    .array(
      z.strictObject({
        of: z.enum(['receiver', 'peer', 'inference-server', 'mqtt']),
        notAfter: instant,
      }),
    )
    .max(64)
    .meta({ description: 'Ends of certificates by what they are used for.' }),
  audit: z
    .strictObject({ usedBytes: count, quotaBytes: count, backlog: count })
    .optional()
    .meta({ description: 'The audit log, and records that repositories have not got yet.' }),
  queue: z
    .strictObject({ waiting: count, dropped: z.record(word, count) })
    .meta({ description: 'Messages that wait here, and how many of each kind were ever dropped.' }),
});

export type Telemetry = z.infer<typeof telemetry>;
