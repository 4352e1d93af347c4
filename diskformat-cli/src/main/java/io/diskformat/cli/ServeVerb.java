package io.diskformat.cli;

import io.diskformat.SizeText;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.guest.GuestInsight;
import io.diskformat.imageservice.http.ApiOptions;
import io.diskformat.imageservice.http.ImageApi;
import io.diskformat.imageservice.jetty.JettyImageServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** The verb {@code serve}. */
final class ServeVerb extends Verb {
  private static final int PORT = 9292;

  private final Argument data =
      option("DIRECTORY", "Where everything is kept; ./images if not given.", "--data");
  private final Argument catalogue =
      option(
          "URL",
          "Keep the records of images in a database that others may share:"
              + " jdbc:postgresql://HOST/DATABASE?user=U&password=P, or jdbc:mariadb:...",
          "--catalogue");
  private final Argument store =
      options(
          "[NAME=]URI",
          "Keep the data of images in a bucket: s3://BUCKET/PREFIX?endpoint=URI&region=NAME, or"
              + " another directory. The keys are those of the environment, AWS_ACCESS_KEY_ID and"
              + " AWS_SECRET_ACCESS_KEY. There may be several, each with a NAME by which clients"
              + " choose it; the first takes what nobody wants elsewhere.",
          "--store");
  private final Argument listen =
      option("[HOST:]PORT", "Where to listen; localhost:9292 if not given.", "--listen");
  private final ServedCallers callers = new ServedCallers(this);
  private final ServedWeb web = new ServedWeb(this);
  private final Argument largest =
      option("SIZE", "The largest file that is taken; 1T if not given.", "--max-file");
  private final Argument disk =
      option("SIZE", "The largest disk that is taken; 16T if not given.", "--max-size");

  private final Argument deduplicate =
      flag("Store images of the same bytes and format once.", "--deduplicate");
  private final Argument partial =
      option(
          "SIZE",
          "What a project may have of uploads that are to be resumed; 1T if not given.",
          "--max-partial");
  private final Argument quota =
      option("SIZE", "What a project may store; as much as there is if not given.", "--quota");
  private final Argument hours =
      option(
          "HOURS",
          "How long what came of an upload is kept until it is resumed; 24 if not given.",
          "--keep-partial");
  private final Argument inside =
      flag(
          "Look into images when they have come, and give them properties: os_diskformat_system,"
              + " os_diskformat_volumes, os_diskformat_partitions.",
          "--look-inside");
  private final Argument contentHash =
      flag(
          "Give each image the hash of its disk's content, which is the same in every format:"
              + " os_diskformat_content_hash. Keep a manifest of the disk, too, by which --fsck and"
              + " --scrub say where it is damaged.",
          "--content-hash");
  private final Argument scrub =
      option(
          "SIZE",
          "Check all images that are stored again and again, this many bytes a second; what is"
              + " damaged is logged.",
          "--scrub");
  private final Argument fsck =
      flag(
          "Read all images that are stored, say which are damaged and where, and serve nothing; the"
              + " exit code is 2 if one is damaged, and 1 if one could not be checked.",
          "--fsck");
  private final Argument anyFormat =
      flag("Take data also if it is not of the format that was said.", "--any-format");

  private final Argument configuration =
      option(
          "FILE",
          "Take options from a file too: lines such as listen=0.0.0.0:9292, or import=true.",
          "--config");

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
            + "  openstack --os-auth-url http://localhost:9292/identity/v3 --os-username USER"
            + " --os-password PASSWORD --os-project-name PROJECT --os-user-domain-name Default"
            + " --os-project-domain-name Default image list\n"
            + "  openstack --os-auth-type http_basic --os-username USER --os-password PASSWORD"
            + " --os-endpoint http://localhost:9292/v2 image list\n"
            + "The second is for a service without --tokens, and the last two are for one with"
            + " --users. A browser finds a page at /, Prometheus its figures at /metrics, and"
            + " whoever watches the service /healthcheck.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    String file = configuration.value();
    if (file != null) {
      ConfigurationFile.give(this, file);
    }
    if (callers.areHashed()) {
      terminal.line(ServedCallers.hashed(System.in));
      return 0;
    }
    InetSocketAddress address = address(listen.valueOr("localhost:" + PORT));
    ServedCallers.Known known = callers.known(address);
    ServedPlaces places =
        new ServedPlaces(Path.of(data.valueOr("images")), catalogue.value(), store.values());
    if (fsck.isGiven()) {
      try (ServedPlaces.Opened opened = places.open(limits())) {
        return new ServedCheck(opened.service(), terminal).run();
      }
    }
    try (ServedPlaces.Opened opened = places.open(limits());
        ServedScrub _ = ServedScrub.start(opened.service(), scrub.value());
        JettyImageServer server = start(address, known, opened)) {
      if (inside.isGiven()) {
        opened.service().lookInto(new GuestInsight());
      }
      terminal.line("serving " + places + " at " + server.uri());
      terminal.flush();
      new CountDownLatch(1).await();
      return 0;
    } catch (InterruptedException e) {
      // That is how it ends.
      return 0;
    }
  }

  private ServiceLimits limits() {
    ServiceLimits usual = ServiceLimits.usual();
    ServiceLimits limits =
        new ServiceLimits(
                SizeText.parse(largest.valueOr("1T"), "--max-file"),
                SizeText.parse(disk.valueOr("16T"), "--max-size"),
                usual.reserve(),
                usual.mostProperties(),
                usual.lease(),
                !anyFormat.isGiven())
            .resumable(
                hours.isGiven() ? hours(hours.required()) : usual.resumable(),
                SizeText.parse(partial.valueOr("1T"), "--max-partial"))
            .quota(quota.isGiven() ? SizeText.parse(quota.required(), "--quota") : Long.MAX_VALUE);
    ServiceLimits sharing = deduplicate.isGiven() ? limits.sharingBlobs() : limits;
    return contentHash.isGiven() ? sharing.hashingContent() : sharing;
  }

  private static Duration hours(String text) {
    if (!text.matches("[0-9]{1,5}")) {
      throw new IllegalArgumentException("--keep-partial is a number of hours, not: " + text);
    }
    return Duration.ofHours(Long.parseLong(text));
  }

  private JettyImageServer start(
      InetSocketAddress address, ServedCallers.Known known, ServedPlaces.Opened opened)
      throws IOException {
    ApiOptions options = web.api(known, opened.definitions());
    return JettyImageServer.start(
        address, new ImageApi(opened.service(), known.identity(), options), web.server());
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
}
