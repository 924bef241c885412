// The little of WebGL 2 that the relief needs: programs, meshes of named columns, uniforms. The usual
// helper libraries were measured to add 45 kB and more to a module of 350 at most.

export interface Column {
  size: number;
  data: Float32Array;
}

export type Uniform = number | Float32Array | readonly number[];

export class Program {
  readonly #gl: WebGL2RenderingContext;
  readonly #program: WebGLProgram;

  constructor(gl: WebGL2RenderingContext, vertex: string, fragment: string) {
    this.#gl = gl;
    this.#program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]] as const) {
      const shader = gl.createShader(kind)!;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(this.#program, shader);
    }
    gl.linkProgram(this.#program);
    if (gl.getProgramParameter(this.#program, gl.LINK_STATUS) !== true && !gl.isContextLost()) throw new Error(gl.getProgramInfoLog(this.#program) ?? "a shader could not be made");
  }

  use(uniforms: Readonly<Record<string, Uniform>>): void {
    const gl = this.#gl;
    gl.useProgram(this.#program);
    for (const [name, value] of Object.entries(uniforms)) {
      const place = gl.getUniformLocation(this.#program, name);
      if (typeof value === "number") gl.uniform1f(place, value);
      else if (value.length === 16) gl.uniformMatrix4fv(place, false, value);
      else if (value.length === 4) gl.uniform4fv(place, value);
      else if (value.length === 3) gl.uniform3fv(place, value);
      else gl.uniform2fv(place, value);
    }
  }

  place(name: string): number {
    return this.#gl.getAttribLocation(this.#program, name);
  }
}

/** Triangles with a row of numbers at each corner. */
export class Mesh {
  readonly #gl: WebGL2RenderingContext;
  readonly #array: WebGLVertexArrayObject;
  readonly #buffers = new Map<string, WebGLBuffer>();
  readonly #index: WebGLBuffer;
  #count: number;

  constructor(gl: WebGL2RenderingContext, program: Program, columns: Readonly<Record<string, Column>>, index: Uint16Array) {
    this.#gl = gl;
    this.#array = gl.createVertexArray();
    gl.bindVertexArray(this.#array);
    for (const [name, { size, data }] of Object.entries(columns)) {
      const buffer = gl.createBuffer();
      this.#buffers.set(name, buffer);
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
      const place = program.place(name);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, gl.FLOAT, false, 0, 0);
    }
    this.#index = gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.#index);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, index, gl.STATIC_DRAW);
    this.#count = index.length;
    gl.bindVertexArray(null);
  }

  /** Other numbers in the first rows, and how many corners are drawn. */
  refill(columns: Readonly<Record<string, Float32Array>>, count: number): void {
    const gl = this.#gl;
    for (const [name, data] of Object.entries(columns)) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers.get(name)!);
      gl.bufferSubData(gl.ARRAY_BUFFER, 0, data);
    }
    this.#count = count;
  }

  draw(): void {
    const gl = this.#gl;
    gl.bindVertexArray(this.#array);
    gl.drawElements(gl.TRIANGLES, this.#count, gl.UNSIGNED_SHORT, 0);
    gl.bindVertexArray(null);
  }

  remove(): void {
    for (const buffer of [...this.#buffers.values(), this.#index]) this.#gl.deleteBuffer(buffer);
    this.#gl.deleteVertexArray(this.#array);
  }
}
