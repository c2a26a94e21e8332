import { DockerfileParser } from 'dockerfile-ast';
import type { Flag } from 'dockerfile-ast';

/** One instruction, as it stands. */
export interface Instruction {
  keyword: string;
  /** What follows keyword and flags, without the marks of continued lines. */
  text: string;
  flags: Record<string, string>;
}

/** From one FROM to the next. */
export interface Stage {
  name: string;
  /** Image or stage that it begins from, variables not replaced. */
  from: string;
  platform: string | undefined;
  instructions: Instruction[];
}

export interface Dockerfile {
  /** Build arguments before the first FROM, with their defaults. */
  args: Record<string, string>;
  stages: Stage[];
}

type Parsed = ReturnType<ReturnType<typeof DockerfileParser.parse>['getInstructions']>[number];

export function parseDockerfile(text: string): Dockerfile {
  const dockerfile: Dockerfile = { args: {}, stages: [] };
  for (const parsed of DockerfileParser.parse(text).getInstructions())
    take(dockerfile, readInstruction(parsed));
  return dockerfile;
}

function take(dockerfile: Dockerfile, instruction: Instruction): void {
  const stage = dockerfile.stages.at(-1);
  if (instruction.keyword === 'FROM') dockerfile.stages.push(beginStage(instruction));
  else if (stage) stage.instructions.push(instruction);
  else if (instruction.keyword === 'ARG') {
    const [name = '', value = ''] = instruction.text.split('=');
    dockerfile.args[name] = value;
  }
}

function beginStage({ text, flags }: Instruction): Stage {
  const [from = '', , name = ''] = text.split(/\s+/);
  return { name, from, platform: flags['platform'], instructions: [] };
}

function readInstruction(parsed: Parsed): Instruction {
  const flags = 'getFlags' in parsed ? (parsed.getFlags as () => Flag[])() : [];
  return {
    keyword: parsed.getKeyword(),
    text: parsed.getArgumentsContent() ?? '',
    flags: Object.fromEntries(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
  };
}

/** The instructions of that keyword in a stage. */
export function instructionsOf(stage: Stage | undefined, keyword: string): Instruction[] {
  return stage?.instructions.filter((instruction) => instruction.keyword === keyword) ?? [];
}
