import type { LoadedImage, Painter, Scene } from './painter.ts';
import { ramp } from './window-level.ts';

const vertexShader = `#version 300 es
void main() {
  vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
  gl_Position = vec4(corner * 4.0 - 1.0, 0.0, 1.0);
}`;

/** Integer textures cannot be filtered, so four values are read and mixed before the window is laid over them. */
const fragmentShader = `#version 300 es
precision highp float;
precision highp usampler2D;
uniform usampler2D stored;
uniform bool isSigned;
uniform vec2 ramp;
uniform vec3 placed;
uniform float aspect;
uniform float height;
out vec4 colour;
float valueAt(ivec2 at) {
  int bits = int(texelFetch(stored, clamp(at, ivec2(0), textureSize(stored, 0) - 1), 0).r);
  return float(isSigned && bits > 32767 ? bits - 65536 : bits);
}
void main() {
  vec2 at = vec2(gl_FragCoord.x, height - gl_FragCoord.y) - placed.xy;
  vec2 place = at / vec2(placed.z, placed.z * aspect);
  vec2 size = vec2(textureSize(stored, 0));
  if (any(lessThan(place, vec2(0.0))) || any(greaterThan(place, size))) {
    colour = vec4(0.0, 0.0, 0.0, 1.0);
    return;
  }
  vec2 cell = place - 0.5;
  ivec2 first = ivec2(floor(cell));
  vec2 part = fract(cell);
  float upper = mix(valueAt(first), valueAt(first + ivec2(1, 0)), part.x);
  float lower = mix(valueAt(first + ivec2(0, 1)), valueAt(first + 1), part.x);
  colour = vec4(vec3(clamp(mix(upper, lower, part.y) * ramp.x + ramp.y, 0.0, 1.0)), 1.0);
}`;

/** Renderers that are no graphics processor: plain drawing is faster than they are. */
const software = /swiftshader|llvmpipe|software|basic render/i;

/** Whether a renderer of this name is a graphics processor that is worth having. */
export function isAccelerated(renderer: string): boolean {
  return renderer !== '' && !software.test(renderer);
}

/**
 * Paints on a graphics processor; undefined where there is none, or one that is only imitated. `lost` is called
 * where it forgets everything: from then on it has to be painted without it.
 */
export function createGlPainter(lost: () => void): Painter | undefined {
  const canvas = document.createElement('canvas');
  const gl = canvas.getContext('webgl2', { alpha: false, antialias: false });
  if (!gl || !isAccelerated(rendererOf(gl))) return undefined;
  const program = createProgram(gl);
  if (!program) return undefined;
  canvas.addEventListener('webglcontextlost', lost);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
  const uniform = (name: string) => gl.getUniformLocation(program, name);
  const places = {
    isSigned: uniform('isSigned'),
    ramp: uniform('ramp'),
    placed: uniform('placed'),
    aspect: uniform('aspect'),
    height: uniform('height'),
  };
  let shown: LoadedImage | undefined;
  return {
    canvas,
    draw({ image, window, placement: { x, y, scale }, density }: Scene): void {
      if (shown !== image) loadTexture(gl, image);
      shown = image;
      const { factor, offset } = ramp(window, image.view);
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.uniform1i(places.isSigned, image.view.signed ? 1 : 0);
      gl.uniform2f(places.ramp, factor, offset);
      gl.uniform3f(places.placed, x * density, y * density, scale * density);
      gl.uniform1f(places.aspect, image.view.aspect);
      gl.uniform1f(places.height, canvas.height);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 3);
    },
    close() {
      canvas.removeEventListener('webglcontextlost', lost);
      gl.getExtension('WEBGL_lose_context')?.loseContext();
    },
  };
}

function rendererOf(gl: WebGL2RenderingContext): string {
  const named = gl.getExtension('WEBGL_debug_renderer_info');
  return named ? String(gl.getParameter(named.UNMASKED_RENDERER_WEBGL)) : '';
}

function createProgram(gl: WebGL2RenderingContext): WebGLProgram | undefined {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertexShader],
    [gl.FRAGMENT_SHADER, fragmentShader],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) return undefined;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return undefined;
  gl.useProgram(program);
  return program;
}

/** The stored values as they are: 16 bits, never rounded to 8 before the window. */
function loadTexture(gl: WebGL2RenderingContext, { view, values }: LoadedImage): void {
  const kind = gl.TEXTURE_2D;
  gl.texImage2D(
    kind,
    0,
    gl.R16UI,
    view.columns,
    view.rows,
    0,
    gl.RED_INTEGER,
    gl.UNSIGNED_SHORT,
    values,
  );
  for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
    gl.texParameteri(kind, name, gl.NEAREST);
}
