import type { LoadedImage, Painter, Scene } from './painter.ts';
import type { Window } from './window-level.ts';
import { brightnessTable } from './window-level.ts';

/** Paints without a graphics processor: the window first, by a table, then the browser scales it. */
export function createCanvasPainter(): Painter {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { alpha: false });
  const plain = document.createElement('canvas');
  let painted: { image: LoadedImage; window: Window } | undefined;

  function paintPlain(image: LoadedImage, window: Window): void {
    if (painted?.image === image && painted.window === window) return;
    const { rows, columns } = image.view;
    plain.width = columns;
    plain.height = rows;
    plain.getContext('2d', { alpha: false })?.putImageData(windowed(image, window), 0, 0);
    painted = { image, window };
  }

  return {
    canvas,
    draw({ image, window, placement: { x, y, scale }, density }: Scene): void {
      if (!context) return;
      paintPlain(image, window);
      const { rows, columns, aspect } = image.view;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.setTransform(
        scale * density,
        0,
        0,
        scale * aspect * density,
        x * density,
        y * density,
      );
      context.imageSmoothingQuality = 'high';
      context.drawImage(plain, 0, 0, columns, rows);
    },
    close() {
      canvas.width = plain.width = 0;
      painted = undefined;
    },
  };
}

function windowed({ view, values }: LoadedImage, window: Window): ImageData {
  const table = brightnessTable(window, view);
  const data = new ImageData(view.columns, view.rows);
  const pixels = new Uint32Array(data.data.buffer);
  for (let at = 0; at < pixels.length; at += 1)
    pixels[at] = 0xff00_0000 | ((table[values[at] ?? 0] ?? 0) * 0x01_0101);
  return data;
}
