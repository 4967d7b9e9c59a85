//go:build unix

package verify

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stanchsec/stanch/detector"
)

// Databases, brokers and directories are asked as they are: the tests start the real
// servers where they are installed, on a free port of this machine.

// program finds a server's program, or skips the test.
func program(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		// Debian's rabbitmq-server on the path is a wrapper that runs as a user of its own.
		for _, folder := range []string{"/usr/lib/rabbitmq/bin", "/usr/sbin", "/usr/lib/postgresql/*/bin"} {
			if found, _ := filepath.Glob(filepath.Join(folder, name)); len(found) > 0 && (name != "rabbitmq-server" || folder != "/usr/sbin") {
				return found[len(found)-1]
			}
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("%s is not installed: its protocol is not tested against the real server", names[0])
	return ""
}

// freePort is a port of this machine that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// unprivileged runs a command as somebody else where the tests run as root, which
// database servers refuse, and hands folder over to them.
func unprivileged(t *testing.T, cmd *exec.Cmd, folder string) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skipf("the server does not run as root, and there is no user nobody: %v", err)
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	if err := os.Chmod(filepath.Dir(folder), 0o711); err != nil { // of the test alone otherwise
		t.Fatal(err)
	}
	err = filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, uid, gid)
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

// start runs a server until the test ends, and waits until it listens on all ports.
func start(t *testing.T, cmd *exec.Cmd, ports ...string) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true // some are scripts that start the server
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
		}
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	})
	for _, port := range ports {
		for tries := 0; ; tries++ {
			conn, err := net.Dial("tcp", "127.0.0.1:"+port)
			if err == nil {
				conn.Close()
				break
			}
			select {
			case <-ended:
				t.Fatalf("%s ended: %s\n%s", cmd.Path, cmd.ProcessState, out.Bytes())
			case <-time.After(100 * time.Millisecond):
			}
			if tries == 600 {
				t.Fatalf("%s does not listen on port %s\n%s", cmd.Path, port, out.Bytes())
			}
		}
	}
}

func TestPostgres(t *testing.T) {
	initdb, postgres := program(t, "initdb"), program(t, "postgres")
	folder, secret, port := t.TempDir(), password(), freePort(t)
	cert, key, pool := identityFiles(t, folder)
	data, pwfile := filepath.Join(folder, "data"), filepath.Join(folder, "pw")
	if err := os.WriteFile(pwfile, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(initdb, "-D", data, "-U", "app", "--pwfile="+pwfile, "--auth=scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C")
	cmd.Dir = folder
	unprivileged(t, cmd, folder)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	cmd = exec.Command(postgres, "-D", data, "-p", port, "-h", "127.0.0.1", "-k", folder, "-F",
		"-c", "ssl=on", "-c", "ssl_cert_file="+cert, "-c", "ssl_key_file="+key)
	cmd.Dir = folder
	unprivileged(t, cmd, folder)
	start(t, cmd, port)
	logins(t, "postgres", "postgres://127.0.0.1:"+port, "tls://127.0.0.1:"+port, pool, "app", secret)
	expect(t, "unknown user", ask(t, Options{}, "postgres", "postgres://127.0.0.1:"+port, secret, "username", "nobody"), detector.Dead, false)
}

func TestMariaDB(t *testing.T) {
	install, server := program(t, "mariadb-install-db", "mysql_install_db"), program(t, "mariadbd", "mysqld")
	folder, secret, port := t.TempDir(), password(), freePort(t)
	cert, key, pool := identityFiles(t, folder)
	data := filepath.Join(folder, "data")
	base := filepath.Dir(filepath.Dir(install))
	cmd := exec.Command(install, "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", "--basedir="+base, "--datadir="+data)
	cmd.Dir = folder
	unprivileged(t, cmd, folder)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", install, err, out)
	}
	begin := filepath.Join(folder, "begin.sql")
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(secret)
	if err := os.WriteFile(begin, fmt.Appendf(nil, "CREATE USER 'app'@'%%' IDENTIFIED BY '%s';\n", quoted), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(server, "--no-defaults", "--basedir="+base, "--datadir="+data, "--port="+port, "--bind-address=127.0.0.1",
		"--socket="+filepath.Join(folder, "s"), "--pid-file="+filepath.Join(folder, "pid"), "--init-file="+begin,
		"--ssl-cert="+cert, "--ssl-key="+key, "--character-set-server=utf8mb4")
	cmd.Dir = folder
	unprivileged(t, cmd, folder)
	start(t, cmd, port)
	logins(t, "mysql", "mysql://127.0.0.1:"+port, "tls://127.0.0.1:"+port, pool, "app", secret)
}

func TestRedis(t *testing.T) {
	server := program(t, "redis-server")
	folder, secret, port, securePort := t.TempDir(), password(), freePort(t), freePort(t)
	cert, key, pool := identityFiles(t, folder)
	config := filepath.Join(folder, "redis.conf")
	// A quoted text of its configuration takes the escapes of C.
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(secret)
	text := fmt.Sprintf("bind 127.0.0.1\nport %s\ntls-port %s\ntls-cert-file %s\ntls-key-file %s\ntls-auth-clients no\nsave \"\"\ndir %s\nrequirepass \"%s\"\n",
		port, securePort, cert, key, folder, quoted)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, exec.Command(server, config), port, securePort)
	logins(t, "redis", "redis://127.0.0.1:"+port, "rediss://127.0.0.1:"+securePort, pool, "default", secret)
	for _, user := range []string{"", "h"} {
		expect(t, "user "+user, ask(t, Options{}, "redis", "redis://127.0.0.1:"+port, secret, "username", user), detector.Live, false)
		expect(t, "user "+user+", wrong", ask(t, Options{}, "redis", "redis://127.0.0.1:"+port, "x"+secret, "username", user), detector.Dead, false)
	}
	open := freePort(t)
	start(t, exec.Command(server, "--port", open, "--bind", "127.0.0.1", "--save", "", "--dir", folder), open)
	expect(t, "no password", ask(t, Options{}, "redis", "redis://127.0.0.1:"+open, secret), detector.Unknown, false)
}

func TestRabbitMQ(t *testing.T) {
	server, names := program(t, "rabbitmq-server"), program(t, "epmd")
	namesPort := freePort(t)
	// It would be left running if the server started it by itself.
	start(t, exec.Command(names, "-port", namesPort, "-address", "127.0.0.1"), namesPort)
	folder, secret, port, securePort := t.TempDir(), "p-"+rand.Text(), freePort(t), freePort(t)
	cert, key, pool := identityFiles(t, folder)
	config := filepath.Join(folder, "rabbitmq.conf")
	text := fmt.Sprintf("listeners.tcp.1 = 127.0.0.1:%s\nlisteners.ssl.1 = 127.0.0.1:%s\nssl_options.certfile = %s\nssl_options.keyfile = %s\n"+
		"ssl_options.verify = verify_none\nssl_options.fail_if_no_peer_cert = false\ndefault_user = app\ndefault_pass = %s\nlog.console = true\n",
		port, securePort, cert, key, secret)
	plugins := filepath.Join(folder, "plugins")
	for name, content := range map[string]string{config: text, plugins: "[].\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(server)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "HOME="+folder, "RABBITMQ_CONFIG_FILE="+config, "RABBITMQ_ENABLED_PLUGINS_FILE="+plugins,
		"RABBITMQ_MNESIA_BASE="+folder, "RABBITMQ_LOG_BASE="+folder, "RABBITMQ_LOGS=-", "RABBITMQ_NODENAME=stanch"+port+"@localhost",
		"RABBITMQ_DIST_PORT="+freePort(t), "ERL_EPMD_PORT="+namesPort, "ERL_EPMD_ADDRESS=127.0.0.1")
	unprivileged(t, cmd, folder)
	start(t, cmd, port, securePort)
	logins(t, "amqp", "amqp://127.0.0.1:"+port, "amqps://127.0.0.1:"+securePort, pool, "app", secret)
}

func TestSlapd(t *testing.T) {
	server := program(t, "slapd")
	folder, secret, port, securePort := t.TempDir(), "p-"+rand.Text(), freePort(t), freePort(t)
	cert, key, pool := identityFiles(t, folder)
	config, db := filepath.Join(folder, "slapd.conf"), filepath.Join(folder, "db")
	text := fmt.Sprintf("pidfile %s/pid\nTLSCertificateFile %s\nTLSCertificateKeyFile %s\ndatabase ldif\nsuffix \"cn=test\"\ndirectory %s\n"+
		"rootdn \"cn=admin,cn=test\"\nrootpw %s\n", folder, cert, key, db, secret)
	if err := os.Mkdir(db, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(server, "-d", "0", "-f", config, "-h", "ldap://127.0.0.1:"+port+" ldaps://127.0.0.1:"+securePort)
	start(t, cmd, port, securePort)
	logins(t, "ldap", "ldap://127.0.0.1:"+port, "ldaps://127.0.0.1:"+securePort, pool, "cn=admin,cn=test", secret)
}
