// Orders over HTTP: a connection that is given back on success only, a file handle, a map that only grows, a pool of
// workers for every request.
import { open } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'

import express from 'express'
import { Pool } from 'pg'

const app = express()
const pool = new Pool()
const lastSeen = new Map<string, number>()

app.get('/orders/:id', async (request, response) => {
  lastSeen.set(request.params.id, Date.now())
  const client = await pool.connect()
  const result = await client.query('select * from orders where id = $1', [request.params.id])
  client.release()
  response.json(result.rows)
})

app.post('/orders/import', async (request, response) => {
  const file = await open(request.query.path as string)
  const text = await file.readFile('utf8')
  response.json({ lines: text.split('\n').length })
})

app.post('/orders/report', (request, response) => {
  const worker = new Worker('./report.js', { workerData: request.query })
  worker.once('message', (report) => response.json(report))
})

app.listen(8080)
