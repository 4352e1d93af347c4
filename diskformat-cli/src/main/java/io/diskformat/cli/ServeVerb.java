package io.diskformat.cli;

import io.diskformat.SizeText;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.Identity;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.http.ImageApi;
import io.diskformat.imageservice.http.ImageServer;
import io.diskformat.imageservice.identity.Everybody;
import io.diskformat.imageservice.identity.KeystoneTokens;
import io.diskformat.imageservice.identity.StaticTokens;
import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** The verb {@code serve}. */
final class ServeVerb extends Verb {
  private static final int PORT = 9292;
  private static final Set<String> ROLES = Set.of("admin", "member", "reader");

  private final Argument data =
      option("DIRECTORY", "Where everything is kept; ./images if not given.", "--data");
  private final Argument catalogue =
      option(
          "URL",
          "Keep the records of images in a database that others may share:"
              + " jdbc:postgresql://HOST/DATABASE?user=U&password=P, or jdbc:mariadb:...",
          "--catalogue");
  private final Argument store =
      option(
          "URI",
          "Keep the data of images in a bucket: s3://BUCKET/PREFIX?endpoint=URI&region=NAME. The"
              + " keys are those of the environment, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
          "--store");
  private final Argument listen =
      option("[HOST:]PORT", "Where to listen; localhost:9292 if not given.", "--listen");
  private final Argument tokens =
      option(
          "FILE",
          "Who may do what: lines of a token, a user, a project, and admin, member or reader."
              + " Without it everybody is an admin, which needs a local HOST.",
          "--tokens");
  private final Argument keystone =
      option(
          "FILE",
          "Ask a Keystone who may do what: properties auth_url, username, password, project_name,"
              + " user_domain_name, project_domain_name.",
          "--keystone");
  private final Argument largest =
      option("SIZE", "The largest file that is taken; 1T if not given.", "--max-file");
  private final Argument disk =
      option("SIZE", "The largest disk that is taken; 16T if not given.", "--max-size");

  private final Argument scrub =
      option(
          "SIZE",
          "Check all images that are stored again and again, so many bytes a second; what is"
              + " damaged is logged.",
          "--scrub");
  private final Argument fsck =
      flag(
          "Read all images that are stored, say which are damaged and where, and serve nothing.",
          "--fsck");
  private final Argument anyFormat =
      flag("Take data also if it is not of the format that was said.", "--any-format");

  ServeVerb() {
    super(
        "serve",
        "Serves images to the clients of OpenStack: registers them, takes uploads, which are judged"
            + " while they arrive, lists and sends them.");
    footer(
        "Clients find it so:\n"
            + "  glance --os-image-url http://localhost:9292 --os-auth-token TOKEN image-list\n"
            + "  openstack --os-auth-type none --os-endpoint http://localhost:9292 image list\n"
            + "  openstack --os-auth-type admin_token --os-token TOKEN --os-endpoint"
            + " http://localhost:9292/v2 image list\n"
            + "The second is for a service without --tokens. There is no TLS: put something before"
            + " it that has, unless the network is trusted.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    InetSocketAddress address = address(listen.valueOr("localhost:" + PORT));
    Identity identity = identity(address);
    ServiceLimits usual = ServiceLimits.usual();
    ServiceLimits limits =
        new ServiceLimits(
            SizeText.parse(largest.valueOr("1T"), "--max-file"),
            SizeText.parse(disk.valueOr("16T"), "--max-size"),
            usual.reserve(),
            usual.mostProperties(),
            usual.lease(),
            !anyFormat.isGiven());
    ServedPlaces places =
        new ServedPlaces(
            Path.of(data.valueOr("images")), catalogue.value(), store.value());
    if (fsck.isGiven()) {
      try (ImageService service = places.open(limits)) {
        return new ServedCheck(service, terminal).run();
      }
    }
    try (ImageService service = places.open(limits);
        ServedScrub _ = ServedScrub.start(service, scrub.value());
        ImageServer server = ImageServer.start(address, new ImageApi(service, identity))) {
      terminal.line("serving " + places + " at " + server.uri());
      terminal.flush();
      new CountDownLatch(1).await();
      return 0;
    } catch (InterruptedException e) {
      // That is how it ends.
      return 0;
    }
  }

  private static InetSocketAddress address(String text) throws IOException {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "localhost" : text.substring(0, colon);
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("not a port to listen at: " + text, e);
    }
  }

  private Identity identity(InetSocketAddress address) throws IOException {
    String properties = keystone.value();
    if (properties != null) {
      return keystone(properties);
    }
    String file = tokens.value();
    if (file == null) {
      if (!address.getAddress().isLoopbackAddress()) {
        throw new IllegalArgumentException(
            "--tokens or --keystone is needed to listen at "
                + address.getHostString()
                + ", as others reach it");
      }
      return new Everybody(Caller.admin("admin", "admin"));
    }
    Map<String, Caller> callers = new LinkedHashMap<>();
    int number = 0;
    for (String line : Files.readAllLines(Path.of(file))) {
      number++;
      if (!line.isBlank() && !line.startsWith("#")) {
        String[] words = line.trim().split("\\s+", -1);
        if (words.length != 4 || !ROLES.contains(words[3])) {
          throw new IllegalArgumentException(
              file + ": line " + number + ": expected TOKEN USER PROJECT admin|member|reader");
        }
        callers.put(words[0], caller(words[1], words[2], words[3]));
      }
    }
    return new StaticTokens(callers);
  }

  private static Identity keystone(String file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of(file))) {
      properties.load(reader);
    }
    return new KeystoneTokens(
        URI.create(property(properties, "auth_url", file)),
        new KeystoneTokens.ServiceUser(
            property(properties, "username", file),
            property(properties, "password", file),
            property(properties, "project_name", file),
            properties.getProperty("user_domain_name", "Default"),
            properties.getProperty("project_domain_name", "Default")));
  }

  private static String property(Properties properties, String name, String file) {
    String value = properties.getProperty(name);
    if (value == null) {
      throw new IllegalArgumentException(file + ": no " + name);
    }
    return value;
  }

  private static Caller caller(String user, String project, String role) {
    return switch (role) {
      case "admin" -> Caller.admin(user, project);
      case "member" -> Caller.member(user, project);
      default -> Caller.reader(user, project);
    };
  }
}
