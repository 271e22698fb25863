// Never-the-bottleneck WebSocket frame source.
// usage: source PORT TLSPORT CERT KEY FRAMESDIR
// GET /<mode>?n=..&f=mix&rec=0|1&hz=..&burst=..&subs=..&hold=0|1   mode: blast | pace | lat | raw
// lat: each message's timestamp is when it was sent, in nanoseconds of the monotonic clock.
// subs=N: speak Kraken's WebSocket v2 first: send a status, answer each subscribe by one acknowledgement a symbol (and the
//   snapshot that frames/snapshots.txt holds for it), each ping by a pong, and start once N symbols were acknowledged.
// linger=1: send no close at the end, but converse until the client leaves.
// rec=1: one TLS record a message, as Kraken sends them. hold=1 (blast with rec=1): encrypt all of it before sending any.
// PORT 0 and TLSPORT 0: any free port; "ready PORT TLSPORT" is printed to stdout.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <time.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/evp.h>

typedef struct { int fd; SSL *ssl; BIO *wbio; } Conn;
static char *frames; static size_t flen; static size_t *off; static size_t nfr; // off[nfr]=flen

static long long now_ns(void){ struct timespec t; clock_gettime(CLOCK_MONOTONIC,&t); return t.tv_sec*1000000000LL+t.tv_nsec; }

static int send_all(int fd,const char*b,size_t n){ while(n){ ssize_t r=send(fd,b,n,MSG_NOSIGNAL); if(r<0){ if(errno==EINTR)continue; return -1;} b+=r; n-=r;} return 0; }

static int flush_tls(Conn*c){ char*p; long n=BIO_get_mem_data(c->wbio,&p); if(n>0){ int r=send_all(c->fd,p,n); BIO_reset(c->wbio); return r;} return 0; }

static int hold=0;
static int out(Conn*c,const char*b,size_t n,int flush){
  if(!c->ssl) return send_all(c->fd,b,n);
  while(n){ int k=n>16384?16384:(int)n; int r=SSL_write(c->ssl,b,k); if(r<=0) return -1; b+=r; n-=r; }
  char*p; if(flush||(!hold&&BIO_get_mem_data(c->wbio,&p)>262144)) return flush_tls(c);
  return 0;
}
static void load(const char*dir,const char*name){
  char path[512]; snprintf(path,sizeof path,"%s/frames_%s.bin",dir,name);
  FILE*f=fopen(path,"rb"); if(!f){perror(path);exit(1);} fseek(f,0,SEEK_END); flen=ftell(f); rewind(f);
  free(frames); free(off); frames=malloc(flen); if(fread(frames,1,flen,f)!=flen) exit(1); fclose(f);
  size_t cap=1024; off=malloc(cap*sizeof*off); nfr=0; size_t p=0;
  while(p<flen){ if(nfr+2>cap){cap*=2; off=realloc(off,cap*sizeof*off);} off[nfr++]=p;
    unsigned char*u=(unsigned char*)frames+p; size_t l=u[1]&127,h=2; if(l==126){l=u[2]<<8|u[3];h=4;} else if(l==127){l=0;for(int i=0;i<8;i++)l=l<<8|u[2+i];h=10;}
    p+=h+l; }
  off[nfr]=flen;
}
static long qint(const char*req,const char*k,long d){ char key[32]; snprintf(key,sizeof key,"%s=",k); const char*e=strstr(req," HTTP/"); 
  for(const char*p=req;(p=strstr(p,key))&&p<e;p++){ if(p[-1]=='?'||p[-1]=='&') return atol(p+strlen(key)); } return d; }

// What the client sends, while it is being talked to.
typedef struct { unsigned char b[1<<16]; size_t n; } In;
static In in;

static long subscribed;
static char *snapshots;

static int text(Conn*c,int op,const char*m,size_t n){ char h[4]; size_t k=2; h[0]=(char)(0x80|op);
  if(n<126) h[1]=(char)n; else { h[1]=126; h[2]=(char)(n>>8); h[3]=(char)n; k=4; }
  char*b=malloc(n+k); memcpy(b,h,k); memcpy(b+k,m,n); int r=out(c,b,n+k,1); free(b); return r; }

// The value of a JSON key, or NULL: requests are small, flat and well formed.
static const char*value(const char*j,const char*key){ char q[64]; snprintf(q,sizeof q,"\"%s\"",key);
  const char*p=strstr(j,q); if(!p) return 0; p+=strlen(q); while(*p==' '||*p==':') p++; return p; }
static size_t word(const char*p,char*to,size_t cap){ size_t i=0; if(*p=='"') p++; while(*p&&*p!='"'&&*p!=','&&*p!='}'&&i<cap-1) to[i++]=*p++; to[i]=0; return i; }

static int acknowledge(Conn*c,const char*j,const char*method,const char*channel,const char*symbol){
  char m[512],id[32]="0",extra[128]=""; const char*v; int n;
  if((v=value(j,"req_id"))) word(v,id,sizeof id);
  if((v=value(j,"depth"))){ char d[16]; word(v,d,sizeof d); snprintf(extra,sizeof extra,",\"depth\":%s",d); }
  if((v=value(j,"event_trigger"))){ char d[16]; word(v,d,sizeof d); snprintf(extra,sizeof extra,",\"event_trigger\":\"%s\"",d); }
  n=snprintf(m,sizeof m,"{\"method\":\"%s\",\"req_id\":%s,\"result\":{\"channel\":\"%s\",\"snapshot\":true%s,\"symbol\":\"%s\"},\"success\":true,"
    "\"time_in\":\"2026-11-02T09:15:00.100001Z\",\"time_out\":\"2026-11-02T09:15:00.100063Z\"}",method,id,channel,extra,symbol);
  if(text(c,1,m,n)) return -1;
  if(strcmp(method,"subscribe")) return 0;
  subscribed++;
  char key[96]; int kl=snprintf(key,sizeof key,"%s %s\t",channel,symbol);
  for(const char*p=snapshots;p&&*p;){ const char*e=strchr(p,'\n'); if(!e) break;
    if(!strncmp(p,key,kl)) return text(c,1,p+kl,e-p-kl); p=e+1; }
  return 0; }

static int answer(Conn*c,const char*j){
  char method[32]="",channel[32]="",symbol[32],m[256],id[32]="0"; const char*v;
  if((v=value(j,"method"))) word(v,method,sizeof method);
  if((v=value(j,"req_id"))) word(v,id,sizeof id);
  if(!strcmp(method,"ping")){ int n=snprintf(m,sizeof m,"{\"method\":\"pong\",\"req_id\":%s,\"time_in\":\"2026-11-02T09:15:00.100001Z\",\"time_out\":\"2026-11-02T09:15:00.100063Z\"}",id); return text(c,1,m,n); }
  if(strcmp(method,"subscribe")&&strcmp(method,"unsubscribe")) return 0;
  if((v=value(j,"channel"))) word(v,channel,sizeof channel);
  v=value(j,"symbol"); if(!v||*v!='[') return 0;
  for(v=strchr(v,'"');v&&*v=='"';){ size_t k=word(v,symbol,sizeof symbol); if(acknowledge(c,j,method,channel,symbol)) return -1;
    v+=k+2; while(*v==','||*v==' ') v++; }
  return 0; }

// Read once and answer every whole frame; -1 when the client has left.
static int converse(Conn*c){
  ssize_t r=c->ssl?SSL_read(c->ssl,in.b+in.n,sizeof in.b-in.n):recv(c->fd,in.b+in.n,sizeof in.b-in.n,0);
  if(r<=0) return -1; in.n+=r;
  while(in.n>=6){ size_t l=in.b[1]&127,h=2; if(l==126){ l=in.b[2]<<8|in.b[3]; h=4; } else if(l==127) return -1;
    if(!(in.b[1]&128)) return -1; if(in.n<h+4+l) return 0;
    char*p=malloc(l+1); for(size_t i=0;i<l;i++) p[i]=in.b[h+4+i]^in.b[h+(i&3)]; p[l]=0;
    int op=in.b[0]&15,bad=0; memmove(in.b,in.b+h+4+l,in.n-h-4-l); in.n-=h+4+l;
    if(op==1) bad=answer(c,p); else if(op==9) bad=text(c,10,p,l); else if(op==8) bad=-1;
    free(p); if(bad) return -1; }
  return 0; }
static int waiting(Conn*c){ struct pollfd pf={c->fd,POLLIN,0}; return (c->ssl&&SSL_pending(c->ssl))||poll(&pf,1,0)>0; }

static void sleep_until(long long t){ struct timespec ts={t/1000000000LL,t%1000000000LL}; while(clock_nanosleep(CLOCK_MONOTONIC,TIMER_ABSTIME,&ts,0)==EINTR); }

static void serve(Conn*c,const char*dir){
  char req[8192]; size_t rl=0;
  while(1){ int r; if(c->ssl){ // blocking read through rbio=socket
      r=SSL_read(c->ssl,req+rl,sizeof req-1-rl); } else r=recv(c->fd,req+rl,sizeof req-1-rl,0);
    if(r<=0) return; rl+=r; req[rl]=0; if(strstr(req,"\r\n\r\n")) break; if(rl>=sizeof req-1) return; }
  char *k=strcasestr(req,"sec-websocket-key:"); 
  int raw = !strncmp(req,"GET /raw",8);
  if(k && !raw){ k+=18; while(*k==' ')k++; char key[64]; int i=0; while(k[i]>' '&&i<60){key[i]=k[i];i++;} key[i]=0;
    char cat[128]; snprintf(cat,sizeof cat,"%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",key); unsigned char d[20]; SHA1((unsigned char*)cat,strlen(cat),d);
    char b64[40]; EVP_EncodeBlock((unsigned char*)b64,d,20);
    char resp[512]; int n=snprintf(resp,sizeof resp,"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",b64);
    hold = c->ssl && qint(req,"rec",0) && !strncmp(req,"GET /blast",10);
    long subs=qint(req,"subs",0); if(!qint(req,"hold",1)) hold=0;
    if(out(c,resp,n,!hold||subs)) return;
    const char*status="{\"channel\":\"status\",\"type\":\"update\",\"data\":[{\"api_version\":\"v2\",\"connection_id\":1,\"system\":\"online\",\"version\":\"2.0.0\"}]}";
    in.n=0; subscribed=0; if(subs&&text(c,1,status,strlen(status))) return;
    while(subscribed<subs) if(converse(c)) return; }
  char fname[32]="mix"; char*e=strstr(req," HTTP/"); char*f=strstr(req,"f="); 
  if(f&&f<e&&(f[-1]=='?'||f[-1]=='&')){ int i=0; f+=2; while(f[i]!='&'&&f[i]!=' '&&i<30){fname[i]=f[i];i++;} fname[i]=0; }
  load(dir,fname);
  long n=qint(req,"n",200000), rec=qint(req,"rec",0), hz=qint(req,"hz",1000), burst=qint(req,"burst",1), delay=qint(req,"delay",0);
  if(delay) usleep(delay*1000);
  struct timespec c0,c1; clock_gettime(CLOCK_PROCESS_CPUTIME_ID,&c0); long long t0=now_ns();
  int bad=0;
  if(!strncmp(req,"GET /lat",8)){
    // burst messages every 1/hz s, each with a send timestamp
    long long iv=1000000000LL/hz, t=now_ns()+50000000LL; char buf[65536*4];
    for(long i=0;i<n&&!bad;i++){ t+=iv; sleep_until(t);
      size_t o=0; for(long b=0;b<burst;b++){ char m[600]; int ml=snprintf(m,sizeof m,"{\"channel\":\"book\",\"type\":\"update\",\"data\":[{\"symbol\":\"BTC/USD\",\"bids\":[{\"price\":67432.1,\"qty\":0.10000000},{\"price\":67431.9,\"qty\":0.00000000}],\"asks\":[{\"price\":67432.2,\"qty\":1.54582015}],\"checksum\":2114181697,\"timestamp\":\"%lld\"}]}",now_ns());
        buf[o++]=(char)0x81; buf[o++]=126; buf[o++]=ml>>8; buf[o++]=ml&255; memcpy(buf+o,m,ml); o+=ml;
        if(c->ssl&&rec){ bad|=out(c,buf,o,0); o=0; } }
      bad|=out(c,buf,o,1); }
  } else if(!strncmp(req,"GET /pace",9)){
    long long iv=1000000000LL*burst/hz, t=now_ns(); long sent=0; size_t i=0;
    while(sent<n&&!bad){ t+=iv; sleep_until(t); size_t s=i; long kk=0;
      while(kk<burst&&sent<n){ if(c->ssl&&rec) bad|=out(c,frames+off[i],off[i+1]-off[i],0); kk++; sent++; i++; if(i==nfr){ if(!(c->ssl&&rec)) bad|=out(c,frames+off[s],off[i]-off[s],0); i=0; s=0; } }
      if(!(c->ssl&&rec)&&i>s) bad|=out(c,frames+off[s],off[i]-off[s],1); else bad|=out(c,"",0,1); }
  } else {
    long left=n; while(left>0&&!bad){ long kk=left<(long)nfr?left:(long)nfr;
      if(c->ssl&&rec){ for(long i=0;i<kk&&!bad;i++) bad|=out(c,frames+off[i],off[i+1]-off[i],0); }
      else bad|=out(c,frames,off[kk],0);
      left-=kk;
      if(!hold&&!raw&&!bad&&waiting(c)) bad|=converse(c); }
    if(c->ssl&&!hold) bad|=out(c,"",0,1);
  }
  long linger=qint(req,"linger",0);
  if(!bad&&!raw&&!linger){ char cl[4]={(char)0x88,2,0x03,(char)0xe8}; bad|=out(c,cl,4,1); }
  hold=0;
  if(linger&&!raw){ if(!bad) bad|=out(c,"",0,1); while(!bad) bad=converse(c); return; }
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID,&c1); long long t1=now_ns();
  if(getenv("SOURCE_VERBOSE")) fprintf(stderr,"%.60s wall %.4f cpu %.4f bad %d\n",req,(t1-t0)/1e9,(c1.tv_sec-c0.tv_sec)+(c1.tv_nsec-c0.tv_nsec)/1e9,bad);
  if(raw) shutdown(c->fd,SHUT_WR);
  // drain until peer closes (max 5s)
  struct pollfd pf={c->fd,POLLIN,0}; char sink[4096]; int got=0;
  for(int i=0;i<100;i++){ if(poll(&pf,1,raw||got?1000:1000)<=0) break; ssize_t r=recv(c->fd,sink,sizeof sink,0); if(r<=0) break; got++; if(got==1&&!raw) shutdown(c->fd,SHUT_WR); }
}
static int listen_on(int port){ int s=socket(AF_INET,SOCK_STREAM,0),one=1; setsockopt(s,SOL_SOCKET,SO_REUSEADDR,&one,sizeof one);
  struct sockaddr_in a={.sin_family=AF_INET,.sin_port=htons(port),.sin_addr.s_addr=htonl(INADDR_LOOPBACK)}; if(bind(s,(void*)&a,sizeof a)||listen(s,16)){perror("bind");exit(1);} return s; }
static int port_of(int s){ struct sockaddr_in a; socklen_t l=sizeof a; getsockname(s,(void*)&a,&l); return ntohs(a.sin_port); }
static char*slurp(const char*dir,const char*name){ char path[512]; snprintf(path,sizeof path,"%s/%s",dir,name); FILE*f=fopen(path,"rb"); if(!f) return 0;
  fseek(f,0,SEEK_END); long n=ftell(f); rewind(f); char*b=malloc(n+1); if(fread(b,1,n,f)!=(size_t)n) exit(1); b[n]=0; fclose(f); return b; }
int main(int ac,char**av){ signal(SIGPIPE,SIG_IGN); int p=atoi(av[1]),tp=atoi(av[2]); const char*dir=av[5];
  SSL_CTX*ctx=SSL_CTX_new(TLS_server_method()); SSL_CTX_use_certificate_chain_file(ctx,av[3]); SSL_CTX_use_PrivateKey_file(ctx,av[4],SSL_FILETYPE_PEM);
  int a=listen_on(p),b=listen_on(tp); struct pollfd pf[2]={{a,POLLIN,0},{b,POLLIN,0}};
  snapshots=slurp(dir,"snapshots.txt");
  printf("ready %d %d\n",port_of(a),port_of(b)); fflush(stdout);
  while(1){ if(poll(pf,2,-1)<0) continue; for(int i=0;i<2;i++) if(pf[i].revents&POLLIN){ int fd=accept(pf[i].fd,0,0); if(fd<0) continue; int one=1; setsockopt(fd,IPPROTO_TCP,TCP_NODELAY,&one,sizeof one);
      Conn c={fd,0,0};
      if(i==1){ SSL*s=SSL_new(ctx); BIO*rb=BIO_new_socket(fd,BIO_NOCLOSE); SSL_set_fd(s,fd); if(SSL_accept(s)<=0){ ERR_print_errors_fp(stderr); SSL_free(s); close(fd); continue; }
        c.wbio=BIO_new(BIO_s_mem()); BIO_free(rb); SSL_set0_wbio(s,c.wbio); c.ssl=s; }
      serve(&c,dir); if(c.ssl){ SSL_free(c.ssl);} close(fd); } }
}
