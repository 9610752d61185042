var util = require('util')
var EventEmitter = require('events').EventEmitter

function Client(host) {
  var self = this
  EventEmitter.call(this)
  this.host = host
  self.pending = {}
  this.on('reply', function (reply) {
    delete self.pending[reply.id]
  })
}
util.inherits(Client, EventEmitter)

Client.prototype.send = function (id, done) {
  this.pending[id] = done
}

Client.prototype = Object.assign(Client.prototype, {
  close: function () {
    this.pending = {}
  },
})

Client.create = function (host) {
  return new Client(host)
}

module.exports = Client
module.exports.Registry = {
  clients: [],
  add(client) {
    this.clients.push(client)
  },
}
