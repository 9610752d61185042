var Door = module.exports = function Door(x) {
  this.x = x
}
Door.prototype.close = function () {
  this.x.end()
}
exports.Bar = function (y) {
  this.y = y
}
exports.Bar.prototype.stop = function () {
  this.y.end()
}
NS.Foo = function () {
  this.z = 1
}
NS.Foo.prototype.destroy = function () {
  this.z = null
}
function A() {
  this.a = 1
}
A.prototype = Object.assign(A.prototype, {
  run: function () {
    this.a++
  },
})
function B() {}
B.prototype = { __proto__: A.prototype, stop: function () {} }
function E() {}
E.prototype.__proto__ = A.prototype
E.prototype.go = function () {}
class C extends Mixin(A) {
  m() {}
}
const api = {
  open() {
    return 1
  },
  close() {
    return 2
  },
}
