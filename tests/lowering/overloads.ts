export function over(a: string): void
export function over(a: number): void
export function over(a: any) {
  return a
}

declare function outside(a: string): Disposable

export class Methods {
  m(a: string): void
  m(a: number): void
  m(a: any) {
    return a
  }
}

export abstract class Base {
  abstract dispose(): void
  run?(): void
}
