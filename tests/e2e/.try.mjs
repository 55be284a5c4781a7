import { runnerImport } from 'vite';
const root='/work/wt/rounds/tests/e2e/lib/rounds/';
const { playRound } = (await runnerImport(root+'round.ts',{configFile:false,logLevel:'error'})).module;
const { openStage, trialsOf, sum } = (await runnerImport(root+'measure.ts',{configFile:false,logLevel:'error'})).module;
const [,, engine, kind, names, n='2'] = process.argv;
const stage = await openStage(engine);
const out = [];
if (process.env.NOTES) { const rep = stage.report.bind(stage); stage.report = async (t)=>{const r=await rep(t); console.log(stage.nameOf(t), 'last', JSON.stringify(r.messages.at(-1)), JSON.stringify(r.notes)); return r;} }
try {
 for (const {mode,traffic} of trialsOf(engine).filter(x=>x.traffic.name===kind && (names==='all'||names.split(',').includes(x.mode.name)))) {
  const backend = await traffic.start(mode.backend);
  if (process.env.NOTES && backend.lab) { backend.lab.io.on('connection', (s)=>{ console.log(Date.now(),'S connect',s.recovered, s.handshake.auth); s.on('disconnect', (r)=>console.log(Date.now(),'S disconnect',r)); }); backend.lab.io.engine.on('connection', (s)=>{console.log(Date.now(),'E open', s.id); s.on('close',(r)=>console.log(Date.now(),'E close',s.id,r)); s.on('packet', p=>{ if(p.type!=='message'||/^[014]/.test(p.data)) console.log(Date.now(),'E packet',s.id, p.type, String(p.data).slice(0,200))})}); }
  for (let i=0;i<Number(n);i++) {
    const t=Date.now();
    try { const r = await playRound(stage, backend, mode);
      const f=(l)=>Object.values(sum(l)).join('/');
      console.log(mode.name, Date.now()-t,'ms', 'resumed',r.resumed,'sent',r.sent,'down',f(r.down),'up',f(r.up), r.up.reduce((a,b)=>a+b.untrue,0), JSON.stringify(Object.entries(r.up.flatMap(u=>u.unknown).reduce((a,b)=>(a[b]=(a[b]??0)+1,a),{}))), 'failover',r.failover,'reconnect',r.reconnect,'pause',r.pause, 'restored', r.restored);
    } catch(e) { console.log(mode.name,'FAILED',e.stack.slice(0,1500)); break; }
  }
  await backend.stop();
 }
} finally { await stage.close(); }
process.exit(0)
