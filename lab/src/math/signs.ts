/** Signs of two numbers, not by their product: that is 0 for small ones. */

export function opposite(one: number, other: number): boolean {
  return (one < 0 && other > 0) || (one > 0 && other < 0);
}

export function alike(one: number, other: number): boolean {
  return (one < 0 && other < 0) || (one > 0 && other > 0);
}
