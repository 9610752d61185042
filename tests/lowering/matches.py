import json


class Settings(Base):
    cache = {}
    limit = 3

    def read(self):
        return cache, limit

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, value):
        self._value = value

    @classmethod
    def make(cls, a):
        return cls(a)


def match(v):
    match v:
        case [a, b] if check(a):
            one(a)
        case {"k": k, **rest}:
            two(k)
        case Point(x=px) | Other(y=px) if px > 3:
            three(px)
        case str() as s:
            four(s)
        case _:
            five()
    return v
