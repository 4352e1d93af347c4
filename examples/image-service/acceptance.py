#!/usr/bin/python3
"""Proves `diskformat serve` by the clients of OpenStack: glance, openstack and curl.

  acceptance.py [--in-process] [--full] [--only N,...] COMMAND...

COMMAND starts the tool, for example ./diskformat; the script starts and kills services itself, on free ports
of this machine, with everything below a temporary directory. It prints a line for each check.
--in-process runs the clients in this process, which saves their start (a second each); --full takes the large
counts and sizes: 200 MB, 250 images, 100 kills, 1 GiB.
"""
import argparse, contextlib, hashlib, http.server, io, json, os, random, re, shutil, signal, socket, subprocess
import sys, tempfile, threading, time, urllib.error, urllib.request

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('--in-process', action='store_true')
parser.add_argument('--full', action='store_true')
parser.add_argument('--only', default='')
parser.add_argument("command", nargs=argparse.REMAINDER)
options = parser.parse_args()
FULL = options.full
W = tempfile.mkdtemp(prefix='acceptance-')
MIB = 1 << 20
for name in list(os.environ):
    if name.startswith('OS_') or name.lower().endswith('_proxy'):
        del os.environ[name]
os.environ.update(HOME=W, PYTHONWARNINGS='ignore', COLUMNS='500', LC_ALL='C.UTF-8')
options.command = [os.path.abspath(word) if os.path.exists(word) else word for word in options.command]
os.chdir(W)
open('tokens', 'w').write('root u0 p0 admin\nann u1 p1 member\nbob u2 p2 member\neve u3 p3 member\nnotused u0 p0 admin\n')
open('users', 'w').write('ann secret p1 member\nbob secret p2 member\nroot secret p0 admin\n')


class Server:
    """A running `diskformat serve`."""

    def __init__(self, data, *more, env=None):
        command = options.command + ['serve', '--data', data, '--listen', '127.0.0.1:0', '--tokens', 'tokens',
                                     '--users', 'users', *more]
        self.log = open('serve.log', 'ab')
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log,
                                        env=dict(os.environ, **(env or {})))
        line = self.process.stdout.readline().decode()
        if ' at http' not in line:
            raise AssertionError('the service does not start: ' + line + open('serve.log').read()[-2000:])
        self.url = line.split(' at ')[-1].strip()
        self.data = data

    def kill(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def status(self, field):
        return int(re.search(field + r':\s+(\d+)', open('/proc/%d/status' % self.process.pid).read()).group(1))


class Result:
    def __init__(self, code, text):
        self.code, self.text = code, text

    def ok(self):
        assert self.code == 0, 'exit status %s: %s' % (self.code, self.text)
        return self

    def fails(self, *words):
        assert self.code != 0, 'no failure: ' + self.text
        for word in words:
            assert word in self.text, '%r is not in: %s' % (word, self.text)
        return self

    def field(self, name):
        found = re.search(r'^\| ' + re.escape(name) + r' +\| (.*?) *\|$', self.text, re.M)
        return found.group(1) if found else None


def in_process(main, arguments):
    out = io.TextIOWrapper(io.BytesIO(), 'utf-8', write_through=True)
    stdin = sys.stdin
    sys.stdin = None
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            code = main(arguments) or 0
        except SystemExit as e:
            code = e.code if isinstance(e.code, int) else 1 if e.code else 0
            if isinstance(e.code, str):
                print(e.code)
        except Exception as e:
            print(type(e).__name__, e)
            code = 1
    sys.stdin = stdin
    return Result(code, out.buffer.getvalue().decode('utf-8', 'replace'))


def run(*command, stdin='closed', env=None):
    """Runs a command; glance takes an open standard input for data."""
    close = '<&-' if stdin == 'closed' else '</dev/null'
    p = subprocess.run(['bash', '-c', '"$@" ' + close, '-', *command], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=600, env=dict(os.environ, **(env or {})))
    return Result(p.returncode, p.stdout.decode('utf-8', 'replace'))


def glance(arguments, token='root', server=None):
    words = ['--os-image-url', (server or S).url, '--os-auth-token', token] + arguments.split()
    if not options.in_process:
        return run('glance', *words)
    import glanceclient.shell
    glanceclient.shell.print = print

    def main(argv):
        try:
            return glanceclient.shell.OpenStackImagesShell().main(argv)
        except Exception as e:
            # What the command's own entry does.
            glanceclient.shell.utils.exit(str(e) or repr(e))
    return in_process(main, words)


def openstack(arguments, auth=None):
    words = (auth or ['--os-auth-type', 'none', '--os-endpoint', S.url]) + arguments.split()
    # One process keeps what it learned of one identity.
    if not options.in_process or auth:
        return run('openstack', *words, stdin='null')
    import openstackclient.shell
    return in_process(lambda argv: openstackclient.shell.OpenStackShell().run(argv), words)


def keystone(user, project):
    return ['--os-auth-url', S.url + '/identity/v3', '--os-username', user, '--os-password', 'secret',
            '--os-project-name', project, '--os-user-domain-name', 'Default', '--os-project-domain-name', 'Default',
            '--os-identity-api-version', '3']


def curl(*arguments):
    return run('curl', '-sS', '--noproxy', '*', '-H', 'X-Auth-Token: root', *arguments)


def status(*arguments):
    return curl('-o', '/dev/null', '-w', '%{http_code}', *arguments).text.strip()


def api(method, path, body=None, token='root', server=None, content_type='application/json'):
    """Returns the status and the answer to a request that no client sends by itself."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request((server or S).url + path, data, method=method,
                                     headers={'X-Auth-Token': token, 'Content-Type': content_type})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            code, text, headers = answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as e:
        code, text, headers = e.code, e.read(), e.headers
    return code, (json.loads(text) if text[:1] in (b'{', b'[') else text), headers


def create(name='x', format='raw', server=None, **more):
    code, image, _ = api('POST', '/v2/images', dict(name=name, disk_format=format, container_format='bare', **more),
                         server=server)
    assert code == 201, image
    return image['id']


def digest(name, algorithm):
    h = hashlib.new(algorithm)
    with open(name, 'rb') as f:
        for piece in iter(lambda: f.read(MIB), b''):
            h.update(piece)
    return h.hexdigest()


def same(one, other):
    assert digest(one, 'sha256') == digest(other, 'sha256'), one + ' differs from ' + other


def noise(name, size, seed=1):
    r = random.Random(seed)
    with open(name, 'wb') as f:
        while size > 0:
            f.write(r.randbytes(min(size, MIB)))
            size -= MIB
        f.seek(510)
        f.write(b'\0')


def stored(data='data'):
    """How many bytes are in files of blobs and uploads."""
    return sum(os.stat(os.path.join(d, f)).st_blocks * 512 for part in ('blobs', 'incoming')
               for d, _, files in os.walk(os.path.join(data, part)) for f in files)


def qemu(*arguments):
    subprocess.run(['qemu-img', *arguments], check=True, stdout=subprocess.DEVNULL)


def wait(id, *states, server=None):
    for _ in range(600):
        image = api('GET', '/v2/images/' + id, server=server)[1]
        if image['status'] in states:
            return image
        time.sleep(0.1)
    raise AssertionError('%s stays %s' % (id, image['status']))


checks = []


def check(f):
    checks.append(f)


ID = {}


@check
def c1_the_image_of_the_guide_is_created():
    result = glance('image-create --name CentOS6-x86_64-test --file c.img --disk-format qcow2 --container-format bare'
                    ' --visibility public --progress').ok()
    ID['c'] = result.field('id')
    assert result.field('status') == 'active' and result.field('virtual_size') == str(64 * MIB), result.text


@check
def c2_it_is_listed_also_with_the_schema_cached():
    for _ in range(2):
        assert 'CentOS6-x86_64-test' in glance('image-list').ok().text


@check
def c3_its_hashes_are_right():
    shown = glance('image-show ' + ID['c']).ok()
    assert shown.field('checksum') == digest('c.img', 'md5'), shown.text
    # A table has no more than 80 characters in a line.
    sha512 = digest('c.img', 'sha512')
    assert shown.field('os_hash_value') == sha512[:80] and sha512[80:] in shown.text, shown.text


@check
def c4_it_is_downloaded():
    glance('image-download %s --file o --progress' % ID['c']).ok()
    same('o', 'c.img')


@check
def c5_it_is_saved_by_name():
    openstack('image save --file o2 CentOS6-x86_64-test').ok()
    same('o2', 'c.img')


@check
def c6_the_other_client_creates_one():
    openstack('image create --file c.img --disk-format qcow2 --container-format bare --public'
              ' --property os_distro=centos --tag one cli1').ok()
    image = api('GET', '/v2/images?name=cli1')[1]['images'][0]
    assert image['status'] == 'active' and image['os_distro'] == 'centos' and image['tags'] == ['one'], image


@check
def c7_noise_is_refused_and_replaced():
    noise('random.bin', (200 if FULL else 10) * MIB)
    before = stored()
    refused = glance('image-create --name r --file random.bin --disk-format qcow2 --container-format bare')
    refused.fails('415', 'offset', 'rule')
    image = api('GET', '/v2/images?name=r')[1]['images'][0]
    assert image['status'] == 'queued' and stored() - before < MIB, (image, stored() - before)
    glance('image-upload --file c.img ' + image['id']).ok()
    assert wait(image['id'], 'active', 'queued')['status'] == 'active'


@check
def c8_what_needs_other_files_or_is_cut_is_refused_by_name():
    qemu('create', '-q', '-f', 'qcow2', '-b', 'c.img', '-F', 'qcow2', 'child.qcow2')
    qemu('create', '-q', '-f', 'qcow2', '-o', 'data_file=d.raw', 'data.qcow2', '1M')
    qemu('create', '-q', '-f', 'qcow2', '-o', 'extended_l2=on', 'extended.qcow2', '64M')
    qemu('create', '-q', '-f', 'vmdk', 'parent.vmdk', '1M')
    qemu('create', '-q', '-f', 'vmdk', '-b', 'parent.vmdk', '-F', 'vmdk', 'child.vmdk')
    with open('c.img', 'rb') as whole, open('cut.qcow2', 'wb') as cut:
        cut.write(whole.read(300_000))
    for name, word in (('child.qcow2', 'backing'), ('data.qcow2', 'data'), ('child.vmdk', 'parent'), ('cut.qcow2', '')):
        id = create(name, name.split('.')[1])
        code, said, _ = api('PUT', '/v2/images/%s/file' % id, open(name, 'rb').read(),
                            content_type='application/octet-stream')
        assert code == 415 and b'refused by rule' in said and word.encode() in said.lower(), (name, code, said)
        assert wait(id, 'queued')['size'] is None
    id = create('extended', 'qcow2')
    glance('image-upload --file extended.qcow2 ' + id).ok()
    assert wait(id, 'active')['virtual_size'] == 64 * MIB


@check
def c9_it_is_updated():
    glance('image-update %s --property os_distro=centos --name n --min-disk 1' % ID['c']).ok()
    shown = glance('image-update %s --remove-property os_distro' % ID['c']).ok()
    assert shown.field('name') == 'n' and shown.field('min_disk') == '1' and shown.field('os_distro') is None, shown.text


@check
def c10_the_other_client_sets_and_unsets():
    openstack('image set --name cli1b --property hw_disk_bus=scsi --tag two --protected cli1').ok()
    openstack('image unset --property hw_disk_bus --tag two cli1b').ok()
    image = api('GET', '/v2/images?name=cli1b')[1]['images'][0]
    assert image['protected'] and image['tags'] == ['one'] and 'hw_disk_bus' not in image, image
    ID['cli1b'] = image['id']


@check
def c11_what_is_protected_stays_and_ids_are_not_used_again():
    glance('image-delete ' + ID['cli1b']).fails('not permitted')
    glance('image-update %s --protected False' % ID['cli1b']).ok()
    glance('image-delete ' + ID['cli1b']).ok()
    glance('image-show ' + ID['cli1b']).fails('404')
    glance('image-create --name again --id ' + ID['cli1b']).fails('409')


@check
def c12_what_cannot_be_changed():
    path, patch = '/v2/images/' + ID['c'], 'application/openstack-images-v2.1-json-patch'
    change = lambda op, name, type=patch: api('PATCH', path, [{'op': op, 'path': '/' + name, 'value': '1'}],
                                              content_type=type)
    assert change('replace', 'checksum')[0] == 403
    assert change('replace', 'unknown')[0] == 409
    code, _, headers = change('add', 'a', 'application/json')
    assert code == 415 and 'v2.1-json-patch' in headers['Accept-Patch']
    glance('image-update %s --property checksum=1' % ID['c']).fails('checksum')


@check
def c13_tags():
    glance('image-tag-update %s t' % ID['c']).ok()
    assert ID['c'] in openstack('image list --tag t').ok().text
    glance('image-tag-delete %s t' % ID['c']).ok()
    assert ID['c'] not in openstack('image list --tag t').ok().text


@check
def c14_deactivated():
    glance('image-deactivate ' + ID['c']).ok()
    glance('image-download %s --file o3' % ID['c'], token='ann').fails('403')
    glance('image-download %s --file o3' % ID['c']).ok()
    glance('image-reactivate ' + ID['c']).ok()
    glance('image-download %s --file o3' % ID['c'], token='ann').ok()


@check
def c15_without_data():
    id = glance('image-create --name q').ok().field('id')
    assert api('GET', '/v2/images/' + id)[1]['status'] == 'queued'
    glance('image-download %s --file o4' % id).fails('no data')
    glance('image-upload --file c.img ' + id).fails('400', 'must be set')


@check
def c16_staged_and_imported():
    id = create('staged', 'qcow2')
    glance('image-stage %s --file c.img' % id).ok()
    glance('image-import %s --import-method glance-direct' % id).ok()
    assert wait(id, 'active')['checksum'] == digest('c.img', 'md5')
    code, answer, _ = api('GET', '/v2/images/%s/tasks' % id)
    assert code == 200 and answer['tasks'][0]['status'] == 'success', answer


class Web(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith('/to/'):
            self.send_response(302)
            self.send_header('Location', self.path[4:])
            self.send_header('Content-Length', '0')
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *a):
        pass


@check
def c17_fetched_from_the_web_where_that_is_allowed():
    port = WEB.server_address[1]
    good = 'http://127.0.0.1:%d/c.img' % port
    result = glance('image-create-via-import --name w --import-method web-download --uri %s --disk-format qcow2'
                    ' --container-format bare' % good).ok()
    assert wait(result.field('id'), 'active')['size'] == os.path.getsize('c.img')
    for target in ('http://localhost:%d/c.img' % port, 'http://169.254.169.254/', 'file:///etc/passwd'):
        id = create('w2', 'qcow2')
        uri = 'http://127.0.0.1:%d/to/%s' % (port, target)
        code, _, _ = api('POST', '/v2/images/%s/import' % id, {'method': {'name': 'web-download', 'uri': uri}})
        assert code == 202, code
        assert wait(id, 'queued')['size'] is None
        task = api('GET', '/v2/images/%s/tasks' % id)[1]['tasks'][0]
        assert task['status'] == 'failure' and 'cannot be imported' in task['message'], task
    usual = Server('usual', '--import')
    try:
        for uri in (good, 'http://127.0.0.1/', 'http://localhost/', 'http://169.254.169.254/', 'http://0x7f000001/',
                    'http://2130706433/', 'http://[::ffff:127.0.0.1]/'):
            id = create('w3', 'qcow2', server=usual)
            code, said, _ = api('POST', '/v2/images/%s/import' % id, {'method': {'name': 'web-download', 'uri': uri}},
                                server=usual)
            assert code == 400, (uri, code, said)
    finally:
        usual.kill()


@check
def c18_the_other_client_imports():
    openstack('image create --import --file c.img --disk-format qcow2 --container-format bare imp').ok()
    image = api('GET', '/v2/images?name=imp')[1]['images'][0]
    assert wait(image['id'], 'active')['checksum'] == digest('c.img', 'md5')


@check
def c19_shared_with_another_project():
    id = glance('image-create --name m --visibility shared', token='ann').ok().field('id')
    glance('member-create %s p2' % id, token='ann').ok()
    glance('member-update %s p2 accepted' % id, token='bob').ok()
    assert id in glance('image-list --visibility shared', token='bob').ok().text
    glance('image-show ' + id, token='eve').fails('404')
    other = api('POST', '/v2/images', {'name': 'by-login', 'visibility': 'shared'}, token='ann')[1]['id']
    openstack('image add project %s p2' % other, auth=keystone('ann', 'p1')).ok()
    assert api('GET', '/v2/images/' + other, token='bob')[0] == 200
    openstack('image list', auth=keystone('bob', 'p1')).fails('401')


@check
def c20_pages():
    count = 250 if FULL else 23
    ids = {create('page%03d' % i, tags=['paged']) for i in range(count)}
    listed = re.findall(r'^\| ([0-9a-f-]{36}) ', glance('image-list --tag paged').ok().text, re.M)
    assert sorted(listed) == sorted(ids), (len(listed), len(ids))
    five = glance('image-list --tag paged --limit 5 --page-size 2 --sort created_at:asc').ok().text
    assert len(set(re.findall(r'^\| ([0-9a-f-]{36}) ', five, re.M))) == 5, five
    seen, path = [], '/v2/images?limit=2&tag=paged'
    while path:
        page = api('GET', path)[1]
        seen += [image['id'] for image in page['images']]
        path = page.get('next')
    assert sorted(seen) == sorted(ids)


@check
def c21_ranges():
    file = '%s/v2/images/%s/file' % (S.url, ID['c'])
    size = os.path.getsize('c.img')
    content = open('c.img', 'rb').read()
    for range_, expected in (('0-99', content[:100]), ('-100', content[-100:])):
        curl('-r', range_, '-o', 'part', file).ok()
        assert open('part', 'rb').read() == expected, range_
    assert status('-r', '%d-' % size, file) == '416'
    assert status('-r', '0-1,5-6', file) == '400'
    head = curl('-I', file).ok().text.lower()
    assert '200' in head and 'content-length: %d' % size in head, head


def slow_put(id, size, first):
    s = socket.create_connection(('127.0.0.1', int(S.url.rsplit(':', 1)[1])))
    s.sendall(('PUT /v2/images/%s/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: root\r\n'
               'Content-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n' % (id, size)).encode())
    s.sendall(first)
    return s


@check
def c22_two_uploads_and_a_deletion_meanwhile():
    id = create('two')
    one = slow_put(id, 20 * MIB, bytes(MIB))
    wait(id, 'saving')
    code, _, _ = api('PUT', '/v2/images/%s/file' % id, bytes(100), content_type='application/octet-stream')
    assert code == 409, code
    one.sendall(bytes(19 * MIB))
    assert one.recv(1000).startswith(b'HTTP/1.1 204')
    gone = create('gone')
    before = stored()
    upload = slow_put(gone, 40 * MIB, random.Random(2).randbytes(MIB))
    wait(gone, 'saving')
    assert api('DELETE', '/v2/images/' + gone)[0] == 204
    with contextlib.suppress(OSError):
        upload.sendall(random.Random(3).randbytes(39 * MIB))
    assert upload.recv(1000).startswith(b'HTTP/1.1 410')
    upload.close()
    assert stored() == before, (stored(), before)


@check
def c23_killed_at_random_points():
    global S
    r = random.Random(23)
    noise('kill.raw', 24 * MIB, 5)
    hash_ = digest('kill.raw', 'sha512')
    content = open('kill.raw', 'rb').read()
    for _ in range(100 if FULL else 1):
        server = Server('kills')
        ids = [create('k', server=server) for _ in range(2)]

        def upload(id):
            with contextlib.suppress(OSError, http.client.HTTPException):
                api('PUT', '/v2/images/%s/file' % id, content, server=server, content_type='application/octet-stream')
        threads = [threading.Thread(target=upload, args=(id,)) for id in ids]
        for t in threads:
            t.start()
        time.sleep(r.random())
        server.kill()
        for t in threads:
            t.join()
    server = Server('kills')
    try:
        blobs = sum(len(f) for _, _, f in os.walk('kills/blobs'))
        assert not any(f for _, _, f in os.walk('kills/incoming'))
        images, path = [], '/v2/images?limit=1000'
        while path:
            page = api('GET', path, server=server)[1]
            images += page['images']
            path = page.get('next')
        active = [i for i in images if i['status'] == 'active']
        # Beside the data of each image are the checksums of its blocks.
        assert 2 * len(active) == blobs and {i['status'] for i in images} <= {'active', 'queued'}, (len(active), blobs)
        for image in active:
            data = api('GET', '/v2/images/%s/file' % image['id'], server=server)[1]
            assert hashlib.sha512(data).hexdigest() == hash_ == image['os_hash_value']
        for image in [i for i in images if i['status'] == 'queued'][:20 if FULL else 2]:
            code, said, _ = api('PUT', '/v2/images/%s/file' % image['id'], content, server=server,
                                content_type='application/octet-stream')
            assert code == 204, said
    finally:
        server.kill()
    # Kills before all uploads, or after them, would prove nothing.
    assert not FULL or 0 < len(active) < len(images), (len(active), len(images))
    return '%d of %d images are active' % (len(active), len(images))


@check
def c24_full_disk():
    os.mkdir('small')
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=130m', 'tmpfs', 'small'], stderr=subprocess.DEVNULL).returncode:
        return 'skip: no tmpfs can be mounted'
    try:
        server = Server('small')
        try:
            noise('large.raw', 100 * MIB)
            free = shutil.disk_usage('small').free
            refused = glance('image-create --name l --file large.raw --disk-format raw --container-format bare',
                             server=server)
            refused.fails('413')
            image = api('GET', '/v2/images?name=l', server=server)[1]['images'][0]
            assert image['status'] == 'queued' and shutil.disk_usage('small').free > free - MIB
            with open('small/fill', 'wb', buffering=0) as f, contextlib.suppress(OSError):
                while True:
                    f.write(bytes(MIB))
            code, _, _ = api('POST', '/v2/images', {'name': 'no room'}, server=server)
            assert code >= 500, code
            os.remove('small/fill')
            assert api('GET', '/v2/images/' + image['id'], server=server)[0] == 200
            create('room', server=server)
        finally:
            server.kill()
    finally:
        subprocess.run(['umount', 'small'], check=True)


@check
def c25_a_large_image_in_little_memory():
    if not FULL:
        return 'skip: only with --full'
    noise('gib.raw', 1024 * MIB)
    server = Server('large', env={'DISKFORMAT_OPTS': '-Xmx64m'})
    try:
        id = create('gib', server=server)
        ticks = os.sysconf('SC_CLK_TCK')
        cpu = lambda: sum(map(int, open('/proc/%d/stat' % server.process.pid).read().rsplit(')', 1)[1].split()[11:13])) / ticks
        at = cpu()
        url = '%s/v2/images/%s/file' % (server.url, id)
        curl('-f', '-T', 'gib.raw', '-H', 'Content-Type: application/octet-stream', url).ok()
        up = cpu()
        curl('-f', '-o', 'gib.out', url).ok()
        down = cpu()
        same('gib.raw', 'gib.out')
        rss = server.status('VmHWM') / 1024
        assert rss < 200, rss
        return 'up %.1f CPU s, down %.1f CPU s, at most %d MiB' % (up - at, down - up, rss)
    finally:
        server.kill()
        os.remove('gib.raw')
        os.remove('gib.out')


@check
def c26_stores_are_listed_chosen_copied_to_and_emptied():
    server = Server('several', '--store', 'fast=fast', '--store', 'cold=cold')
    try:
        text = glance('stores-info', server=server).ok().text
        assert 'fast' in text and 'cold' in text, text
        assert 'file' in glance('stores-info --detail', server=server).ok().text
        id = glance('image-create --name two --disk-format qcow2 --container-format bare', server=server).ok().field('id')
        glance('image-upload --file c.img --store cold ' + id, server=server).ok()
        shown = lambda: glance('image-show ' + id, server=server).ok()
        assert shown().field('stores') == 'cold', shown().text
        glance('image-import --import-method copy-image --stores fast ' + id, server=server).ok()
        while shown().field('os_glance_importing_to_stores'):
            time.sleep(0.1)
        assert shown().field('stores') == 'cold,fast', shown().text
        assert 'success' in glance('image-tasks ' + id, server=server).ok().text
        glance('stores-delete --store cold ' + id, server=server).ok()
        glance('stores-delete --store fast ' + id, server=server).fails('403')
        glance('image-download --file two ' + id, server=server).ok()
        same('c.img', 'two')
        assert not [f for _, _, files in os.walk('cold') for f in files]
    finally:
        server.kill()


@check
def c27_an_upload_goes_on_after_a_kill():
    data = open('c.img', 'rb').read()
    open('half', 'wb').write(data[:MIB])
    open('rest', 'wb').write(data[MIB:])
    server = Server('resumed')
    id = create('resumed', 'qcow2', server)
    part = ['-X', 'PATCH', '-H', 'Content-Type: application/partial-upload']
    upload = lambda: '%s/v2/images/%s/upload' % (server.url, id)
    try:
        curl('-f', '-X', 'POST', '-H', 'Upload-Complete: ?0', '-H', 'Upload-Length: %d' % len(data), upload()).ok()
        curl('-f', *part, '-H', 'Upload-Offset: 0', '-H', 'Upload-Complete: ?0', '-T', 'half', upload()).ok()
        server.kill()
        server = Server('resumed')
        head = curl('-f', '--head', upload()).ok().text.lower()
        assert 'upload-offset: %d' % MIB in head and 'upload-length: %d' % len(data) in head, head
        curl('-f', *part, '-H', 'Upload-Offset: %d' % MIB, '-H', 'Upload-Complete: ?1', '-T', 'rest', upload()).ok()
        glance('image-download --file resumed.img ' + id, server=server).ok()
        same('c.img', 'resumed.img')
    finally:
        server.kill()


failures = 0
WEB = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Web)
WEB.daemon_threads = True
threading.Thread(target=WEB.serve_forever, daemon=True).start()
try:
    qemu('create', '-q', '-f', 'qcow2', 'c.img', '64M')
    noise('content', 3 * MIB, 9)
    subprocess.run(['qemu-io', '-f', 'qcow2', '-c', 'write -q -s content 1M 3M', 'c.img'], check=True,
                   stdout=subprocess.DEVNULL)
    S = Server('data', '--import', '--import-hosts', '127.0.0.1', '--import-ports', str(WEB.server_address[1]))
    try:
        for i, f in enumerate(checks, 1):
            if options.only and str(i) not in options.only.split(','):
                continue
            name = f.__name__.split('_', 1)[1].replace('_', ' ')
            begin = time.time()
            try:
                said = f()
                print('ok %d - %s%s' % (i, name, ' # ' + said if said else ''), '(%.1f s)' % (time.time() - begin))
            except Exception as e:
                failures += 1
                print('not ok %d - %s: %s: %s' % (i, name, type(e).__name__, str(e)[:3000]))
            sys.stdout.flush()
    finally:
        S.kill(signal.SIGTERM)
finally:
    shutil.rmtree(W, ignore_errors=True)
sys.exit(1 if failures else 0)
