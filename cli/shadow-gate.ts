import { type SignedGate, signedGateSchema } from '../ota/agent/plan.ts';
import { UsageError } from './options.ts';

const names: Record<string, keyof SignedGate> = {
  studies: 'min_studies',
  hours: 'min_hours',
  disagreement: 'max_disagreement',
  p95: 'max_p95_ms',
};

/** What a release has to show beside the model that answers, from a text such as `studies=200,disagreement=0.05`. */
export function readGate(text: string): SignedGate {
  const pairs = text.split(',').map((part) => {
    const [name = '', value = ''] = part.split('=');
    const field = Object.hasOwn(names, name) ? names[name] : undefined;
    if (!field || value === '')
      throw new UsageError(`--shadow takes ${Object.keys(names).join(', ')}, each as NAME=VALUE`);
    return [field, field === 'max_disagreement' ? value : Number(value)];
  });
  const gate: unknown = Object.fromEntries(pairs);
  const read = signedGateSchema.safeParse(gate);
  if (read.success) return gate as SignedGate;
  const [issue] = read.error.issues;
  throw new UsageError(`--shadow ${issue?.path.join('.')}: ${issue?.message}`);
}
