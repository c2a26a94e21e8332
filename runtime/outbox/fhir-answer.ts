import { z } from 'zod';

const text = z.string();
const concept = z.object({
  text: text.optional(),
  coding: z.array(z.object({ code: text.optional() })).optional(),
});

const issue = z.object({
  severity: text,
  code: text,
  details: concept.optional(),
  diagnostics: text.optional(),
  expression: z.array(text).optional(),
});

/** OperationOutcome (FHIR R4). */
const operationOutcome = z.object({
  resourceType: z.literal('OperationOutcome'),
  issue: z.array(issue),
});

/** The answer to a transaction (FHIR R4, http, 3.1.0.11.2). */
const transactionResponse = z.object({
  resourceType: z.literal('Bundle'),
  type: z.literal('transaction-response'),
  entry: z
    .array(
      z.object({
        response: z.object({
          status: text,
          location: text.optional(),
          outcome: z.unknown().optional(),
        }),
      }),
    )
    .default([]),
});

const named = z.object({ identifier: z.object({ value: text }) });

/** Of what we send ourselves, what an answer is held against. */
const transaction = z.object({
  entry: z.array(
    z.object({
      resource: z.object({ subject: named.optional(), basedOn: z.array(named).default([]) }),
    }),
  ),
});

type Entry = z.infer<typeof transactionResponse>['entry'][number];

/** How many resources a transaction has, and the texts in it that name the patient or the order. */
export function readTransaction(body: Uint8Array): { entries: number; identifying: string[] } {
  const { entry } = transaction.parse(parseJson(body));
  const references = entry.flatMap(({ resource: { subject, basedOn } }) =>
    subject ? [subject, ...basedOn] : basedOn,
  );
  const identifying = new Set(references.map(({ identifier }) => identifier.value));
  return { entries: entry.length, identifying: [...identifying] };
}

/**
 * A server's own words for a refusal: of its first error what kind it is, where, and why; of any length, and perhaps
 * with what they were said of. Empty where it has none.
 */
export function readOutcome(body: Uint8Array): string {
  return wordsOf(parseJson(body));
}

function wordsOf(value: unknown): string {
  const parsed = operationOutcome.safeParse(value);
  if (!parsed.success) return '';
  const { issue: all } = parsed.data;
  const first = all.find(({ severity }) => ['fatal', 'error'].includes(severity)) ?? all[0];
  if (!first) return '';
  const { code, details, expression, diagnostics } = first;
  const said = [code, expression?.[0], details?.text ?? details?.coding?.[0]?.code, diagnostics];
  return said.filter((each) => each).join(': ');
}

/**
 * Why a server's answer does not prove that every resource of a transaction is there; empty where it does.
 * `entries`: how many were sent.
 */
export function shortfallOf(body: Uint8Array, entries: number): string {
  const parsed = transactionResponse.safeParse(parseJson(body));
  if (!parsed.success) return 'the answer is no response to a transaction: check the address';
  const { entry } = parsed.data;
  if (entry.length !== entries)
    return `the answer tells of ${entry.length} of ${entries} resources`;
  const refused = entry.findIndex((each) => !isStored(each));
  return refused < 0 ? '' : describeRefusal(refused, entry[refused]!);
}

/** Created, or there already. What was created has a place. */
function isStored({ response: { status, location } }: Entry): boolean {
  return /^201\b/.test(status) ? location !== undefined : /^200\b/.test(status);
}

function describeRefusal(at: number, { response: { status, outcome } }: Entry): string {
  const words = [`resource ${at + 1}: status ${status}`, wordsOf(outcome)];
  return words.filter((each) => each !== '').join(': ');
}

/** Without texts that name a patient, whoever's words they stand in. */
export function withoutTexts(words: string, texts: readonly string[]): string {
  return texts.reduce((rest, each) => (each ? rest.replaceAll(each, '***') : rest), words);
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'));
  } catch {
    return undefined;
  }
}
