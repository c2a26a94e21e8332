import { h } from 'preact';
import type { JSX } from 'preact';
import type { ExamDetail } from '../../exam-detail.ts';
import { shownImages } from '../../exam-detail.ts';
import { useLive } from '../live.ts';
import { useSay } from '../say.ts';
import { firstImage } from './exam-port.ts';
import { whatOf } from './heading.ts';

/** The exam's image: the viewer where its script has come, its thumbnail before and without scripts. */
export function Picture({ detail }: { detail: ExamDetail }): JSX.Element {
  const say = useSay();
  const viewer = useLive().exam?.viewer.value;
  const { exam, previews, aid } = detail;
  const images = shownImages(detail);
  const canShow = previews === 'ready' && images.length > 0;
  return h(
    'section',
    { class: 'picture', 'aria-label': say('exam.viewer') },
    h('p', { class: 'not-diagnosis' }, say('exam.not-diagnosis')),
    viewer && canShow
      ? h(viewer, {
          key: exam.id,
          examId: exam.id,
          what: whatOf(exam),
          images,
          first: firstImage(images, aid, exam.modality),
          aid,
        })
      : h(Placeholder, { detail, canShow }),
  );
}

function Placeholder({ detail, canShow }: { detail: ExamDetail; canShow: boolean }): JSX.Element {
  const say = useSay();
  const { exam, previews } = detail;
  const { id, thumbnail } = exam;
  const address = `/thumbnails/${encodeURIComponent(id)}?${encodeURIComponent(thumbnail)}`;
  const words = { making: say('exam.making'), none: say('exam.no-preview'), ready: '' };
  const none = !canShow && previews === 'ready' ? words.none : words[previews];
  return h(
    'div',
    { class: 'stage placeholder' },
    thumbnail && h('img', { src: address, alt: say('exam.viewer') }),
    none && h('p', { role: 'status' }, none),
  );
}
