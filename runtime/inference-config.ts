import { z } from 'zod';
import { aeTitle, file, restart, seconds } from './config-value.ts';
import { httpTls } from './http-config.ts';

const statRule = z
  .strictObject({
    callingAeTitle: aeTitle.optional().meta(restart('Images that come from this AE title.')),
    modality: z.string().min(1).optional().meta(restart('Images of this Modality (0008,0060).')),
    bodyPartExamined: z
      .string()
      .min(1)
      .optional()
      .meta(restart('Images of this Body Part Examined (0018,0015).')),
  })
  .refine((rule) => Object.values(rule).some((value) => value !== undefined), {
    error: 'a rule names at least one of callingAeTitle, modality and bodyPartExamined',
  });

const kserve = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'a URL that begins with http:// or https://' })
    .meta(
      restart(
        'Address of an inference server that speaks the Open Inference Protocol, without `/v2`. Networks run there, and here while it fails.',
      ),
    ),
  modelName: z
    .string()
    .min(1)
    .default('{name}')
    .meta(
      restart(
        'The server’s name for a network: `{bundle}`, `{version}`, `{member}` and `{name}`, which is all three, are filled in.',
      ),
    ),
  modelVersion: z
    .string()
    .min(1)
    .optional()
    .meta(restart('The server’s version of every model; without one the highest that it lists.')),
  timeoutSeconds: seconds
    .default(5)
    .meta(
      restart('Longest time of a run there, with all its attempts; after that it is run here.'),
    ),
  tokenFile: file
    .optional()
    .meta(restart('File with the token that is sent as `Authorization: Bearer`.')),
  tls: httpTls.optional().meta(restart('Certificates, for an address with https.')),
});

/** The section `inference`: what runs networks, how soon results are wanted, and which exams come first. */
export const inference = z.strictObject({
  engine: z
    .enum(['auto', 'onnxruntime-node', 'ort-capi'])
    .default('auto')
    .meta(
      restart(
        'What runs networks. `auto`: ONNX Runtime’s C API where a library for an accelerator has proved itself, its Node binding everywhere else.',
      ),
    ),
  library: file
    .optional()
    .meta(
      restart(
        'The libonnxruntime that `ort-capi` loads, with its providers beside it. Without one it is the processor’s that comes with the program.',
      ),
    ),
  threads: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .meta(restart('Threads of one operator on the processor. The receiver shares the cores.')),
  accelerator: z
    .enum(['auto', 'none'])
    .default('auto')
    .meta(
      restart(
        'Whether to look for an accelerator. The processor serves until one is proved, and where none is.',
      ),
    ),
  kserve: kserve
    .optional()
    .meta(restart('An inference server in place of this device’s own accelerator.')),
  deadlineSeconds: z
    .strictObject({
      image: seconds
        .default(5)
        .meta(restart('After an X-ray image has come, its result is wanted within this time.')),
      series: seconds
        .default(30)
        .meta(
          restart('The same after the last slice of a CT series. All its slices share the time.'),
        ),
    })
    .prefault({}),
  reprocessAfterSeconds: seconds
    .default(3600)
    .meta(
      restart(
        'What is analysed so long after it has come waits behind what has just come: nobody stands at the scanner for it any more.',
      ),
    ),
  stat: z
    .strictObject({
      fromScanner: z
        .boolean()
        .default(true)
        .meta(
          restart(
            'Take as STAT what the scanner sends with high priority (0000,0700), or whose Requested Procedure Priority (0040,1003) is STAT or HIGH. Off for a scanner that sends everything so.',
          ),
        ),
      rules: z
        .array(statRule)
        .default([])
        .meta(
          restart(
            'Images that are STAT in any case: those of which everything holds that a rule names.',
          ),
        ),
    })
    .prefault({}),
});

export type InferenceConfiguration = z.infer<typeof inference>;
