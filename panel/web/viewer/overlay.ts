/** However opaque a picture comes, the anatomy stays visible under it: 40 % of 255. */
export const mostOpaque = 102;

/** The picture of where a model reacted, asked for when somebody wants to see it and not before. */
export async function loadOverlay(
  examId: string,
  imageId: string,
  finding: string,
): Promise<HTMLCanvasElement | undefined> {
  const parts = [examId, imageId, finding].map(encodeURIComponent).join('/');
  const answer = await fetch(`/heatmaps/${parts}`).catch(() => undefined);
  if (!answer?.ok) return undefined;
  if (answer.headers.get('x-scanside-exam') !== encodeURIComponent(examId)) return undefined;
  const picture = await createImageBitmap(await answer.blob()).catch(() => undefined);
  return picture && faded(picture);
}

function faded(picture: ImageBitmap): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = picture.width;
  canvas.height = picture.height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context?.drawImage(picture, 0, 0);
  const data = context?.getImageData(0, 0, picture.width, picture.height);
  if (data) context?.putImageData(limitOpacity(data), 0, 0);
  return canvas;
}

/** Changes the pixels: none is more opaque than `mostOpaque`. */
export function limitOpacity<Pixels extends Pick<ImageData, 'data'>>(pixels: Pixels): Pixels {
  const { data } = pixels;
  for (let at = 3; at < data.length; at += 4) data[at] = Math.min(mostOpaque, data[at] ?? 0);
  return pixels;
}

/** Tells the server that somebody has seen it, and how long; also when the page is being left. */
export function reportHeld(
  csrf: string,
  held: { examId: string; imageId: string; finding: string; heldMs: number },
): void {
  void fetch('/api/heatmap-shown', {
    method: 'POST',
    keepalive: true,
    headers: { 'content-type': 'application/json', 'x-scanside-csrf': csrf },
    body: JSON.stringify(held),
  }).catch(() => undefined);
}
