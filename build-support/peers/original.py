"""OpenStack's own image service on this machine, to compare with: of Debian's packages python3-glance and glance-api.

It is set up below a directory, with a database and a store of its own, listens on loopback, and knows the tokens
that it is given, with no Keystone.
"""
import os, signal, socket, subprocess, time, urllib.error, urllib.request

PASTE = '''
[pipeline:glance-api-tokens]
pipeline = healthcheck versionnegotiation tokens context rootapp
[pipeline:glance-api-keystone]
pipeline = healthcheck versionnegotiation authtoken context rootapp
[composite:rootapp]
paste.composite_factory = glance.api:root_app_factory
/: apiversions
/v2: apiv2app
[app:apiversions]
paste.app_factory = glance.api.versions:create_resource
[app:apiv2app]
paste.app_factory = glance.api.v2.router:API.factory
[filter:healthcheck]
paste.filter_factory = oslo_middleware:Healthcheck.factory
backends = disable_by_file
disable_by_file_path = {base}/no-health
[filter:versionnegotiation]
paste.filter_factory = glance.api.middleware.version_negotiation:VersionNegotiationFilter.factory
[filter:context]
paste.filter_factory = glance.api.middleware.context:ContextMiddleware.factory
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
delay_auth_decision = true
[filter:tokens]
paste.filter_factory = peer_tokens:Tokens.factory
'''

CONFIGURATION = '''
[DEFAULT]
bind_host = 127.0.0.1
bind_port = {port}
workers = 0
node_staging_uri = file://{base}/staging
enabled_import_methods = [{methods}]
log_file = {base}/api.log
debug = False
public_endpoint = http://127.0.0.1:{port}
worker_self_reference_url = http://127.0.0.1:{port}
use_keystone_limits = False
enforce_secure_rbac = True
{backends}
[database]
connection = sqlite:///{base}/glance.sqlite
{stores}
[paste_deploy]
flavor = {flavor}
config_file = {base}/paste.ini
[oslo_policy]
enforce_scope = False
enforce_new_defaults = True
[oslo_concurrency]
lock_path = {base}/lock
[import_filtering_opts]
allowed_ports = [80,443,{web}]
allowed_hosts = [127.0.0.1]
'''

FILTER = '''
from urllib.parse import unquote
from glance.common import wsgi

TOKENS = {tokens!r}


class Tokens(wsgi.Middleware):
    def process_request(self, request):
        for name in ('X-User-Id', 'X-Project-Id', 'X-Tenant-Id', 'X-Roles', 'X-Identity-Status'):
            request.headers.pop(name, None)
        known = TOKENS.get(unquote(request.headers.get('X-Auth-Token', '')))
        if known:
            user, project, role = known
            roles = dict(admin='admin,member,reader', member='member,reader').get(role, role)
            request.headers.update({{'X-User-Id': user, 'X-Project-Id': project, 'X-Tenant-Id': project,
                                    'X-Roles': roles, 'X-Identity-Status': 'Confirmed'}})
'''


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as s:
        return s.getsockname()[1]


class Original:
    """The service while it runs.

    tokens: what callers send, each with a user, a project, and admin, member or reader.
    stores: names; with one, there are no stores that clients know of.
    web_port: from where on this machine it may download.
    """

    def __init__(self, base, tokens, stores=('only',), web_port=80, definitions=False):
        self.base = base
        self.port = free_port()
        self.url = 'http://127.0.0.1:%d' % self.port
        for name in ('staging', 'lock', 'tasks', *stores):
            os.makedirs(os.path.join(base, name), exist_ok=True)
        methods = ['glance-direct', 'web-download'] + (['copy-image'] if len(stores) > 1 else [])
        if len(stores) > 1:
            backends = 'enabled_backends = ' + ','.join(name + ':file' for name in stores)
            parts = ['[glance_store]\ndefault_backend = ' + stores[0]]
            parts += ['[%s]\nfilesystem_store_datadir = %s/%s' % (name, base, name) for name in stores]
            parts += ['[os_glance_%s_store]\nfilesystem_store_datadir = %s/%s' % (name, base, name)
                      for name in ('staging', 'tasks')]
        else:
            backends = ''
            parts = ['[glance_store]\nstores = file,http\ndefault_store = file\nfilesystem_store_datadir = %s/%s'
                     % (base, stores[0])]
        values = dict(base=base, port=self.port, methods=','.join(methods), backends=backends, stores='\n'.join(parts),
                      flavor='tokens', web=web_port)
        self.write('paste.ini', PASTE.format(**values))
        self.write('glance-api.conf', CONFIGURATION.format(**values))
        self.write('peer_tokens.py', FILTER.format(tokens=tokens))
        self.out = open(os.path.join(base, 'out'), 'ab')
        self.environment = dict(os.environ, PYTHONPATH=base, PYTHONWARNINGS='ignore')
        self.run('/usr/bin/glance-manage', 'db_sync')
        if definitions:
            self.run('/usr/bin/glance-manage', 'db_load_metadefs')
        self.process = subprocess.Popen(['/usr/bin/python3', '/usr/bin/glance-api', '--config-file', self.file('glance-api.conf')],
                                        stdout=self.out, stderr=self.out, env=self.environment, cwd=base)
        self.pid = self.process.pid
        self.await_start()

    def file(self, name):
        return os.path.join(self.base, name)

    def write(self, name, text):
        with open(self.file(name), 'w') as f:
            f.write(text)

    def run(self, program, *arguments):
        done = subprocess.run(['/usr/bin/python3', program, '--config-file', self.file('glance-api.conf'), *arguments],
                              stdout=self.out, stderr=self.out, env=self.environment, cwd=self.base)
        if done.returncode:
            raise RuntimeError('%s fails: see %s' % (program, self.file('out')))

    def await_start(self):
        for _ in range(600):
            try:
                urllib.request.urlopen(self.url + '/healthcheck', timeout=10).read()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.2)
        self.close()
        raise RuntimeError('the original does not start: see %s' % self.file('out'))

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.out.close()


def is_installed():
    return os.path.exists('/usr/bin/glance-api') and os.path.exists('/usr/bin/glance-manage')
