package io.sluice.recovery.backup.target.s3;

import io.sluice.recovery.backup.target.FileName;
import io.sluice.s3.S3Exception;
import io.sluice.s3.http.PercentCoding;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a target is and how files are put there, as its URL says it: {@code
 * s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=R}.
 *
 * <p>No message of this class repeats a part of a URL that may hold a secret: who puts one where it
 * doesn't belong must not find it in a log.
 *
 * @param prefix empty, or ends with a slash
 * @param endpoint scheme, host, and a port unless it is the scheme's own; of AWS with the bucket
 * @param pathStyle whether the bucket is in the path
 * @param storageClass null: the bucket's own
 * @param lock null: none but the bucket's own
 * @param partBytes of what a larger file is sent in; a file of less is sent in one piece
 * @param caBundle PEM certificates to trust instead of the JDK's
 */
record S3Location(
    String bucket,
    String prefix,
    URI endpoint,
    boolean pathStyle,
    String region,
    @Nullable String storageClass,
    @Nullable ObjectLock lock,
    int partBytes,
    @Nullable Path caBundle) {
  private static final int PART_MIB_DEFAULT = 8;
  private static final int PART_MIB_MIN = 5;
  private static final int PART_MIB_MAX = 512;
  private static final int PREFIX_LENGTH_MAX = 400;

  private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,254}");
  private static final Pattern REGION = Pattern.compile("[A-Za-z0-9-]{1,64}");
  private static final Pattern STORAGE_CLASS = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final Set<String> PARAMETERS =
      Set.of(
          "endpoint",
          "region",
          "storage-class",
          "lock-mode",
          "lock-days",
          "part-size",
          "ca-bundle");

  /**
   * Reads a URL.
   *
   * @param environment of the process: {@code AWS_REGION}, {@code AWS_DEFAULT_REGION} and {@code
   *     AWS_CA_BUNDLE} stand in for what the URL does not say
   * @throws IllegalArgumentException when it is not the URL of a target; the message is for people
   */
  static S3Location parse(String url, Map<String, String> environment) {
    URI uri = uri(url, "a target is s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=REGION");
    String bucket = uri.getRawAuthority();
    if (!"s3".equals(uri.getScheme()) || bucket == null || uri.getRawFragment() != null) {
      throw new IllegalArgumentException(
          "a target is s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=REGION");
    }
    if (bucket.contains("@")) {
      throw new IllegalArgumentException(
          "credentials don't belong into the URL of a target, but into a file");
    }
    if (!BUCKET.matcher(bucket).matches()) {
      throw new IllegalArgumentException("not a name of a bucket: " + bucket);
    }
    Map<String, String> parameters = parameters(uri.getRawQuery());
    String region =
        parameters.getOrDefault(
            "region",
            environment.getOrDefault(
                "AWS_REGION", environment.getOrDefault("AWS_DEFAULT_REGION", "us-east-1")));
    require(REGION, region, "region");
    String custom = parameters.get("endpoint");
    boolean pathStyle = custom != null || bucket.contains(".");
    String bundle = parameters.getOrDefault("ca-bundle", environment.get("AWS_CA_BUNDLE"));
    return new S3Location(
        bucket,
        prefix(uri.getPath()),
        custom == null ? ofAws(bucket, pathStyle, region) : endpoint(custom),
        pathStyle,
        region,
        storageClass(parameters),
        lock(parameters),
        number(parameters, "part-size", PART_MIB_DEFAULT, PART_MIB_MIN, PART_MIB_MAX) << 20,
        bundle == null || bundle.isEmpty() ? null : Path.of(bundle));
  }

  private static URI uri(String text, String otherwise) {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      // Without the cause, which repeats all of it.
      throw new IllegalArgumentException(otherwise);
    }
  }

  private static Map<String, String> parameters(@Nullable String query) {
    Map<String, String> parameters = new HashMap<>();
    if (query == null || query.isEmpty()) {
      return parameters;
    }
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      if (equals < 0 || !PARAMETERS.contains(name)) {
        throw new IllegalArgumentException(
            "a target's URL has a parameter that is none of "
                + String.join(", ", PARAMETERS.stream().sorted().toList()));
      }
      if (parameters.put(name, decoded(pair.substring(equals + 1))) != null) {
        throw new IllegalArgumentException(name + " is there twice in a target's URL");
      }
    }
    return parameters;
  }

  private static String decoded(String sent) {
    try {
      return PercentCoding.decodeUtf8(sent, true);
    } catch (S3Exception e) {
      throw new IllegalArgumentException("a target's URL has a bad escape (%)", e);
    }
  }

  private static String prefix(@Nullable String path) {
    String prefix = path == null ? "" : path;
    prefix = prefix.startsWith("/") ? prefix.substring(1) : prefix;
    prefix = prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
    if (prefix.isEmpty()) {
      return "";
    }
    if (!FileName.isValid(prefix) || prefix.length() > PREFIX_LENGTH_MAX) {
      throw new IllegalArgumentException(
          "the prefix of a target has letters, digits, dots (not first), dashes, underscores and"
              + " single slashes, and at most "
              + PREFIX_LENGTH_MAX
              + " of them");
    }
    return prefix + '/';
  }

  private static URI ofAws(String bucket, boolean pathStyle, String region) {
    String domain = region.startsWith("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
    return URI.create("https://" + (pathStyle ? "" : bucket + '.') + "s3." + region + domain);
  }

  private static URI endpoint(String text) {
    String otherwise = "endpoint is https://HOST:PORT or http://HOST:PORT, and no more than that";
    URI uri = uri(text, otherwise);
    String scheme = String.valueOf(uri.getScheme());
    boolean secure = scheme.equals("https");
    String path = uri.getRawPath();
    if (uri.getHost() == null
        || uri.getRawUserInfo() != null
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null
        || !(secure || scheme.equals("http"))
        || !(path == null || path.isEmpty() || path.equals("/"))) {
      throw new IllegalArgumentException(otherwise);
    }
    // What is signed is the Host that goes over the wire, which leaves out the scheme's own port.
    boolean plain = uri.getPort() < 0 || uri.getPort() == (secure ? 443 : 80);
    return URI.create(scheme + "://" + uri.getHost() + (plain ? "" : ":" + uri.getPort()));
  }

  private static @Nullable String storageClass(Map<String, String> parameters) {
    String name = parameters.get("storage-class");
    if (name != null) {
      require(STORAGE_CLASS, name, "storage-class");
    }
    return name;
  }

  private static @Nullable ObjectLock lock(Map<String, String> parameters) {
    String mode = parameters.get("lock-mode");
    if ((mode == null) != (parameters.get("lock-days") == null)) {
      throw new IllegalArgumentException("lock-mode and lock-days go together");
    }
    return mode == null
        ? null
        : new ObjectLock(mode, number(parameters, "lock-days", 0, 1, ObjectLock.DAYS_MAX));
  }

  private static int number(
      Map<String, String> parameters, String name, int otherwise, int min, int max) {
    String text = parameters.get(name);
    if (text == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Refused below, as one out of range.
    }
    throw new IllegalArgumentException(name + " is a number from " + min + " to " + max);
  }

  private static void require(Pattern pattern, String text, String name) {
    if (!pattern.matcher(text).matches()) {
      throw new IllegalArgumentException("not a " + name + ": it has other characters");
    }
  }

  /** The key of a file, or of a name's beginning. */
  String key(String name) {
    return prefix + name;
  }

  /** The path of a key as it goes over the wire; of the bucket itself when the key is empty. */
  String path(String key) {
    return (pathStyle ? "/" + bucket + "/" : "/") + PercentCoding.encode(key, true);
  }

  /** For people; there is nothing secret in it. */
  @Override
  public String toString() {
    String where = "s3://" + bucket + (prefix.isEmpty() ? "" : "/" + prefix);
    return (where.endsWith("/") ? where.substring(0, where.length() - 1) : where)
        + " at "
        + endpoint;
  }
}
