// A short hand for elements. Attributes only: an inline style would be refused by the page's policy,
// so positions are set through the CSSOM where they are needed.

type Attributes = Record<string, string | number | boolean | ((event: never) => void) | undefined>;
type Child = Node | string;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/** Set text only where it differs: a live region must not speak the same words again. */
export function write(element: Element, words: string): void {
  const only = element.firstChild;
  // Other letters in the same node are laid out anew; a new node has its style made as well.
  if (only instanceof Text && only.nextSibling === null) {
    if (only.data !== words) only.data = words;
  } else if (element.textContent !== words) element.textContent = words;
}

export function show(element: HTMLElement, visible: boolean): void {
  if (element.hidden === visible) element.hidden = !visible;
}

/** Set an attribute only where it differs: setting it again costs the browser as much as a change. */
export function put(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Choose an option only where another one is chosen. */
export function choose(select: HTMLSelectElement, value: string): void {
  if (select.value !== value) select.value = value;
}

export function press(element: HTMLElement, pressed: boolean): void {
  put(element, "aria-pressed", String(pressed));
}

const MATHML = "http://www.w3.org/1998/Math/MathML";
const ALLOWED = new Set([
  "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msup", "msub", "msubsup", "mfrac", "msqrt",
  "mroot", "mover", "munder", "munderover", "mfenced", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom",
]);
const ALLOWED_ATTRIBUTES = new Set(["mathvariant", "display", "stretchy", "fence", "separator", "form", "lspace", "rspace", "accent", "linethickness"]);

function copied(from: Element, depth: number): Element | null {
  const name = from.localName;
  if (!ALLOWED.has(name) || depth > 200) return null;
  const to = document.createElementNS(MATHML, name);
  for (const { name: key, value } of from.attributes) {
    if (ALLOWED_ATTRIBUTES.has(key)) to.setAttribute(key, value);
  }
  for (const child of from.childNodes) {
    if (child.nodeType === 3) to.append(child.textContent ?? "");
    else if (child.nodeType === 1) {
      const inner = copied(child as Element, depth + 1);
      if (inner !== null) to.append(inner);
    }
  }
  return to;
}

/** MathML that came from outside, copied element by element: a shared link may hold anything. */
export function mathml(source: string): Element | null {
  const parsed = new DOMParser().parseFromString(source, "text/html").querySelector("math");
  return parsed === null ? null : copied(parsed, 0);
}

export function mathElement(tag: string, kind: string, words = ""): Element {
  const element = document.createElementNS(MATHML, tag);
  if (kind !== "") element.setAttribute("class", kind);
  element.textContent = words;
  return element;
}
