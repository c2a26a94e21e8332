import type { FastifyInstance, FastifyRequest } from 'fastify';
import { h } from 'preact';
import type { Clock } from '../../../device/clock.ts';
import { ScansideError } from '../../../device/errors.ts';
import { steerRollout } from '../rollout/steering.ts';
import type { FleetStore } from '../store/fleet-store.ts';
import { fieldsOf } from './access.ts';
import { Confirm, confirmTitle, possibleSteps, type Step, steps } from './pages/rollout.ts';
import type { Photographer, RolloutPicture } from './picture.ts';
import { send } from './view-routes.ts';

interface Parts {
  photographer: Photographer;
  store: FleetStore;
  clock: Clock;
}

type Named = { Params: { name: string } };

/** Serves what an operator may have done with a rollout: a page that asks once more, and the step itself. */
export function serveSteps(app: FastifyInstance, { photographer, store, clock }: Parts): void {
  const operate = { config: { console: 'operator' } } as const;
  for (const step of Object.keys(steps) as Step[]) {
    const path = `/rollouts/:name/${step}`;
    app.get<Named>(path, operate, async (request, reply) => {
      const picture = await photographer.takeRollout(request.params.name);
      checkStep(picture, step);
      const { csrf } = request.consoleSession!;
      const body = h(Confirm, { picture, step, csrf });
      const title = confirmTitle(step, picture.rollout.name);
      return send(request, reply, { title, picture: undefined, body });
    });
    app.post<Named>(path, operate, async (request, reply) => {
      const { name } = request.params;
      const because = checkForm(request, await photographer.takeRollout(name));
      const actor = request.consoleSession!.user;
      await steerRollout(store, { rollout: name, event: step, because, actor, now: clock.now() });
      photographer.forget();
      return reply.redirect(`/rollouts/${encodeURIComponent(name)}`, 303);
    });
  }
}

function checkStep({ rollout }: RolloutPicture, step: Step): void {
  if (possibleSteps(rollout.state).includes(step)) return;
  throw new ScansideError('ROLLOUT_REFUSED', `it is ${rollout.state}, which knows no ${step}`);
}

/** What was confirmed must be what is so: whoever has looked at an earlier state looks again. */
function checkForm(request: FastifyRequest, { rollout }: RolloutPicture): string {
  const { revision, because = '' } = fieldsOf(request);
  if (revision !== String(rollout.revision))
    throw new ScansideError('ROLLOUT_REFUSED', 'it has gone on meanwhile: look, then try again');
  const why = because.replaceAll(/\p{C}/gu, '').trim().slice(0, 200);
  if (why === '') throw new ScansideError('FORM_INVALID', 'no reason was given');
  return why;
}
