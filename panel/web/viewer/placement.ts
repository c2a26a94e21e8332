/** Where an image lies on the stage: its top left corner and the size of one of its columns, in CSS pixels. */
export interface Placement {
  x: number;
  y: number;
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

/** An image's size in columns, with rows as high as their aspect makes them (Pixel Aspect Ratio, PS3.3, C.7.6.3.1.7). */
export function sizeOf(image: { rows: number; columns: number; aspect: number }): Size {
  return { width: image.columns, height: image.rows * image.aspect };
}

const mostZoom = 16;

/** The whole image, as large as it gets, in the middle. */
export function fitted(image: Size, stage: Size): Placement {
  const scale = Math.min(stage.width / image.width, stage.height / image.height);
  return {
    scale,
    x: (stage.width - image.width * scale) / 2,
    y: (stage.height - image.height * scale) / 2,
  };
}

/** Larger or smaller by `factor`, with what lies under `at` staying there, between the whole image and 16 times that. */
export function zoomed(
  from: Placement,
  factor: number,
  at: Point,
  image: Size,
  stage: Size,
): Placement {
  const whole = fitted(image, stage).scale;
  const scale = Math.min(whole * mostZoom, Math.max(whole, from.scale * factor));
  const by = scale / from.scale;
  const x = at.x - (at.x - from.x) * by;
  const y = at.y - (at.y - from.y) * by;
  return kept({ scale, x, y }, image, stage);
}

export function moved(from: Placement, by: Point, image: Size, stage: Size): Placement {
  return kept({ ...from, x: from.x + by.x, y: from.y + by.y }, image, stage);
}

/** Puts what lies under `at` in the middle. */
export function centred(from: Placement, at: Point, image: Size, stage: Size): Placement {
  return moved(from, { x: stage.width / 2 - at.x, y: stage.height / 2 - at.y }, image, stage);
}

/** No empty stage beside an image that would fill it; a smaller one stays in the middle. */
function kept({ scale, x, y }: Placement, image: Size, stage: Size): Placement {
  return {
    scale,
    x: keptAlong(x, image.width * scale, stage.width),
    y: keptAlong(y, image.height * scale, stage.height),
  };
}

function keptAlong(start: number, length: number, room: number): number {
  if (length <= room) return (room - length) / 2;
  return Math.min(0, Math.max(room - length, start));
}

/** What two fingers do between two moments: how much they spread, about where, and how far they go together. */
export function pinch(before: [Point, Point], after: [Point, Point]) {
  const apart = ([a, b]: [Point, Point]) => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
  const middle = ([a, b]: [Point, Point]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const [from, to] = [middle(before), middle(after)];
  return {
    factor: apart(after) / apart(before),
    about: from,
    by: { x: to.x - from.x, y: to.y - from.y },
  };
}
