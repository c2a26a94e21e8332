import { z } from 'zod';
import { messages, type MessageName } from '../ota/mqtt/contract.ts';
import { dropRules, type QueuedName, queuedNames } from '../ota/mqtt/queue-rule.ts';

const introduction = `# MQTT

What goes between a device and the fleet's side over a broker: MQTT 5, QoS 1, TLS with a certificate on both sides. Made
from \`ota/mqtt/\` and \`ota/messages/\` by \`npm run docs\`.

- A device's name is the common name of its certificate: 1 to 64 of a-z, 0-9 and hyphens, and none that begins with
  \`fleet-\`. Topics are \`v1/NAME/up/…\` for what it says and \`v1/NAME/down/…\` for what it hears. Who has sent a
  message stands in its topic and nowhere else: the broker checks it against the certificate.
- The payload is JSON in UTF-8, at most 64 KiB. The user property \`schema\` names the message. A message with a field
  that its schema does not know is refused, on both sides: so nothing about a patient has a place to stand in.
- **Queued** messages lie on the device, encrypted and on stable storage, until the broker has taken them. Their \`seq\`
  grows and is never given twice; after a broken connection one may come again, with the user property
  \`again\` = \`true\`. Whoever receives keeps \`stream\` and \`seq\` with the device's name and takes each once. What the
  broker takes while nobody subscribes to it (reason 0x10) stays on the device.
- The queue is bounded by \`mqtt.queueMegabytes\`. Where it is full, ${describeDropping()}. Every other queued message
  is kept; how many were dropped, telemetry says.
- **Retained** messages tell what is so. \`bdSeq\` numbers the connections: a last will with a smaller number than the
  birth's is of an earlier connection and says nothing.
- A command needs correlation data and the device's \`up/reply\` as response topic. One that is retained is ignored, one
  that comes late is answered with \`expired\`, and one with the same correlation data is done once. No signature stands
  behind a command: so none can do harm.
- Files: where the update repository is not reached by HTTPS, the device asks for parts of its files on \`up/file\`, with
  correlation data; the answer comes on \`down/file\` with the same and is either the bytes themselves (\`schema\` =
  \`file-chunk\`) or a \`file-refusal\`. Eight parts of up to 256 KiB are asked for at once; they shrink to 16 KiB where
  connections break. The broker keeps an answer over a break, so it is not asked for again. What came is verified by the
  hash that was signed, not by who sent it.
- Without a broker the device works as ever. It tries again after a random part of a time that grows from 5 s to 5 min.

## The broker

\`deploy/mosquitto/\` holds configuration and access rules for mosquitto, which \`tests/mqtt-broker.test.ts\` tries with the
real program. Each service of the fleet's side has a certificate of its own, \`fleet-1\` to \`fleet-3\`.

mosquitto keeps what waits for a client in memory and saves it every ten seconds: one that is killed while the fleet's
side is away loses what it had taken since. The gap shows in \`seq\`. A clustered broker with replicated sessions does not.

## Messages

| Message | Topic | Kept by | What it says |
|---|---|---|---|`;

function describeDropping(): string {
  const words = dropRules.map(({ name, how }) =>
    how === 'thin' ? `every second \`${name}\` goes` : `the oldest of \`${name}\``,
  );
  return `${words[0]}, then ${words.slice(1).join(', then ')}`;
}

interface JsonSchema {
  type?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  additionalProperties?: JsonSchema | boolean;
  enum?: unknown[];
  const?: unknown;
}

function keeper(name: MessageName): string {
  if ((queuedNames as readonly string[]).includes(name)) {
    const rule = dropRules.find((each) => each.name === (name as QueuedName));
    return rule ? 'queue' : 'queue, never dropped';
  }
  return messages[name].retained ? 'retained' : '–';
}

function form({ type, items, enum: values, const: only, anyOf, oneOf }: JsonSchema): string {
  if (only !== undefined) return `\`${JSON.stringify(only)}\``;
  if (values) return values.map((value) => `\`${String(value)}\``).join(', ');
  if (anyOf ?? oneOf) return 'one of several';
  return type === 'array' ? `list of ${items?.type ?? 'object'}s` : (type ?? '');
}

function describeFields(schema: JsonSchema, path = ''): string[] {
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives) return [...new Set(alternatives.flatMap((each) => describeFields(each, path)))];
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const name = `${path}${key}`;
    const need = schema.required?.includes(key) ? 'yes' : 'no';
    const row = `| \`${name}\` | ${form(value)} | ${need} | ${value.description ?? ''} |`;
    const inner = value.items ? describeFields(value.items, `${name}[].`) : [];
    return [row, ...describeFields(value, `${name}.`), ...inner];
  });
}

function describeMessage(name: MessageName): string[] {
  const schema = z.toJSONSchema(messages[name].schema) as JsonSchema;
  return [
    `## \`${name}\``,
    '',
    '| Field | Type | Required | Meaning |',
    '|---|---|---|---|',
    ...describeFields(schema),
    '',
    '<details><summary>JSON Schema</summary>',
    '',
    '```json',
    JSON.stringify(schema),
    '```',
    '',
    '</details>',
    '',
  ];
}

/** The page `docs/mqtt.md`. */
export function describeMqtt(): string {
  const names = Object.keys(messages) as MessageName[];
  const rows = names.map((name) => {
    const { topic, means } = messages[name];
    return `| \`${name}\` | \`${topic.direction}/${topic.name}\` | ${keeper(name)} | ${means} |`;
  });
  return [introduction, ...rows, '', ...names.flatMap(describeMessage)].join('\n');
}
