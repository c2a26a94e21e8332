import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Dockerfile, Instruction, Stage } from './dockerfile.ts';
import { instructionsOf } from './dockerfile.ts';

const root = join(import.meta.dirname, '..', '..');

/** What must hold of an image of the appliance; `violations` names each instruction that breaks it. */
export interface ImageRule {
  name: string;
  violations(dockerfile: Dockerfile): string[];
}

const secret = /(password|passwd|secret|token|api_?key|private_?key|credential)/i;
const digest = /@sha256:[0-9a-f]{64}$/;

export const imageRules: ImageRule[] = [
  {
    name: 'a base from outside is pinned by its digest',
    violations: ({ stages }) =>
      stages
        .filter(({ from }) => !from.includes('$') && from !== 'scratch' && !digest.test(from))
        .map(({ from }) => from),
  },
  {
    name: 'a base that a build argument chooses is a stage of this file',
    violations: (dockerfile) =>
      dockerfile.stages
        .filter(({ from }) => from.includes('$') && !isStage(dockerfile, from))
        .map(({ from }) => from),
  },
  {
    name: 'a stage that runs something runs on the machine that builds',
    violations: ({ stages }) =>
      stages
        .filter(
          (stage) => instructionsOf(stage, 'RUN').length > 0 && stage.platform !== '$BUILDPLATFORM',
        )
        .map(({ name, from }) => name || from),
  },
  {
    name: 'the image is not root’s: its last USER is a number above 0, with its group',
    violations({ stages }) {
      const user = instructionsOf(stages.at(-1), 'USER').at(-1)?.text ?? 'no USER';
      return /^[1-9]\d*:[1-9]\d*$/.test(user) ? [] : [user];
    },
  },
  { name: 'nothing is added, which would unpack or download', violations: texts('ADD') },
  {
    name: 'no build argument or environment variable is called like a secret',
    violations: (dockerfile) => [
      ...Object.keys(dockerfile.args).filter((name) => secret.test(name)),
      ...offending(dockerfile, ['ARG', 'ENV'], ({ text }) => secret.test(text)),
    ],
  },
  {
    name: 'the image says how its health is checked, without a shell',
    violations({ stages }) {
      const check = instructionsOf(stages.at(-1), 'HEALTHCHECK').at(-1)?.text ?? 'no HEALTHCHECK';
      return /^CMD\s+\[/.test(check) ? [] : [check];
    },
  },
  {
    name: 'what the image starts is no shell, so that signals reach it',
    violations({ stages }) {
      const starts = ['ENTRYPOINT', 'CMD'].flatMap((word) => instructionsOf(stages.at(-1), word));
      if (starts.length === 0) return ['no ENTRYPOINT'];
      return starts.filter(({ text }) => !text.startsWith('[')).map(({ text }) => text);
    },
  },
  {
    name: 'apt-get installs what is named alone and leaves no lists',
    violations: (dockerfile) =>
      offending(
        dockerfile,
        ['RUN'],
        ({ text }) =>
          /apt-get\s+install/.test(text) &&
          !(/--no-install-recommends/.test(text) && /rm -rf \/var\/lib\/apt\/lists/.test(text)),
      ),
  },
  {
    name: 'npm installs what the lock file holds, for the device, and runs no script of it',
    violations: (dockerfile) =>
      offending(
        dockerfile,
        ['RUN'],
        ({ text }) =>
          /npm\s+(install|i|add|update)\b/.test(text) ||
          (/npm\s+ci\b/.test(text) && !wantedOptions.every((option) => text.includes(option))),
      ),
  },
  {
    name: 'what is copied is there',
    violations: (dockerfile) =>
      everyInstruction(dockerfile)
        .filter(({ keyword, flags }) => keyword === 'COPY' && !('from' in flags))
        .flatMap(({ text }) => text.split(/\s+/).slice(0, -1))
        .filter((source) => !existsSync(join(root, source))),
  },
  {
    name: 'what is copied from a stage names a stage of this file',
    violations: (dockerfile) =>
      everyInstruction(dockerfile)
        .flatMap(({ flags }) => ('from' in flags ? [flags['from'] ?? ''] : []))
        .filter((name) => !isStage(dockerfile, name)),
  },
  {
    name: 'nothing is downloaded into a shell or over plain HTTP',
    violations: (dockerfile) =>
      offending(dockerfile, ['RUN'], ({ text }) =>
        /(curl|wget)[^|&;]*\|\s*(ba)?sh\b|\bhttp:\/\/(?!127\.)/.test(text),
      ),
  },
  {
    name: 'nothing is open to everybody and nothing gains rights',
    violations: (dockerfile) =>
      offending(dockerfile, ['RUN'], ({ text }) =>
        /chmod\s+(-R\s+)?(0?777|a\+w|[ug]\+s|[0-7]?[4-7]7\d\d)|\bsudo\b|setcap/.test(text),
      ),
  },
  {
    name: 'only the volume is the user’s',
    violations({ stages }) {
      const volumes = instructionsOf(stages.at(-1), 'VOLUME').map(({ text }) => text);
      return instructionsOf(stages.at(-1), 'COPY')
        .filter(({ text, flags }) => 'chown' in flags && !volumes.some((v) => text.endsWith(v)))
        .map(({ text }) => text);
    },
  },
  {
    name: 'no port needs a capability',
    violations: (dockerfile) =>
      offending(dockerfile, ['EXPOSE'], ({ text }) =>
        text.split(/\s+/).some((port) => !(Number.parseInt(port, 10) >= 1024)),
      ),
  },
  {
    name: 'a build argument that a command uses is declared in its stage',
    violations: ({ stages }) => stages.flatMap(undeclared),
  },
];

const wantedOptions = [
  '--omit=dev',
  '--ignore-scripts',
  '--os=linux',
  '--cpu=arm64',
  '--libc=glibc',
];

function everyInstruction({ stages }: Dockerfile): Instruction[] {
  return stages.flatMap(({ instructions }) => instructions);
}

function offending(
  dockerfile: Dockerfile,
  keywords: string[],
  isWrong: (instruction: Instruction) => boolean,
): string[] {
  return everyInstruction(dockerfile)
    .filter((instruction) => keywords.includes(instruction.keyword) && isWrong(instruction))
    .map(({ text }) => text);
}

function texts(keyword: string): (dockerfile: Dockerfile) => string[] {
  return (dockerfile) => offending(dockerfile, [keyword], () => true);
}

/** Whether the name, with each build argument at its default, is that of a stage. */
function isStage({ stages, args }: Dockerfile, name: string): boolean {
  const byDefault = name.replaceAll(/\$\{(\w+)\}/g, (_, arg: string) => args[arg] ?? '');
  return byDefault !== '' && stages.some((stage) => stage.name === byDefault);
}

function undeclared(stage: Stage): string[] {
  const declared = instructionsOf(stage, 'ARG').map(({ text }) => text.split('=')[0]);
  return instructionsOf(stage, 'RUN').flatMap(({ text }) =>
    [...text.matchAll(/\$\{?([A-Z][A-Z0-9_]*)/g)]
      .map(([, name]) => name ?? '')
      .filter((name) => !declared.includes(name)),
  );
}
