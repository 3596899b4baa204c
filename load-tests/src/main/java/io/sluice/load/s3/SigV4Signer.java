package io.sluice.load.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signature V4 in the Authorization header, made cheap, because the signing client shares the
 * processor with the server it measures: the signing key is derived once a day, the time stamp
 * formatted once a second, and, unless asked otherwise, only {@code host}, {@code
 * x-amz-content-sha256} and {@code x-amz-date} are signed.
 *
 * <p>Not thread-safe: one signer for each event loop or worker thread.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html">AWS:
 *     Authorization header</a>
 */
public final class SigV4Signer {

  public static final String UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";

  private static final String HMAC = "HmacSHA256";
  private static final String SIGNED_HEADERS = "host;x-amz-content-sha256;x-amz-date";
  private static final HexFormat HEX = HexFormat.of();

  private final Credentials credentials;
  private final String region;
  private final String host;
  private final InstantSource clock;
  private final Mac mac;
  private final MessageDigest sha256;

  private long stampSecond = Long.MIN_VALUE;
  private String stamp = "";
  private String day = "";
  private String scope = "";
  private String authorizationPrefix = "";
  private SecretKeySpec signingKey = new SecretKeySpec(new byte[] {0}, HMAC);

  /** What a signed request carries besides {@code Host}. */
  public record Signed(String amzDate, String contentSha256, String authorization) {}

  /**
   * A signer for one host.
   *
   * @param host the Host header as it is sent, with the port unless it is the scheme's own
   */
  public SigV4Signer(Credentials credentials, String region, String host, InstantSource clock) {
    this.credentials = credentials;
    this.region = region;
    this.host = host;
    this.clock = clock;
    try {
      this.mac = Mac.getInstance(HMAC);
      this.sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA256", e);
    }
  }

  /** Signs a request whose body is not part of the signature. */
  public Signed sign(String method, String encodedPath, String canonicalQuery) {
    return sign(method, encodedPath, canonicalQuery, UNSIGNED_PAYLOAD);
  }

  /**
   * Signs a request.
   *
   * @param encodedPath the path exactly as it is sent
   * @param canonicalQuery the query exactly as it is sent: parameters sorted by name, each with an
   *     equals sign; empty when there is none
   * @param payloadHash hex SHA-256 of the body, or {@link #UNSIGNED_PAYLOAD}
   */
  public Signed sign(String method, String encodedPath, String canonicalQuery, String payloadHash) {
    renewStamp();
    String headers =
        "host:" + host + "\nx-amz-content-sha256:" + payloadHash + "\nx-amz-date:" + stamp + '\n';
    String canonical =
        canonical(method, encodedPath, canonicalQuery, headers, SIGNED_HEADERS, payloadHash);
    return new Signed(stamp, payloadHash, authorizationPrefix + signature(canonical));
  }

  /**
   * Signs a request that has more {@code x-amz-} headers, all of which have to be signed.
   *
   * @param amzHeaders their names in lower case, and their values as they are sent
   */
  public Signed sign(
      String method, String encodedPath, String canonicalQuery, Map<String, String> amzHeaders) {
    renewStamp();
    TreeMap<String, String> sorted = new TreeMap<>(amzHeaders);
    sorted.put("host", host);
    sorted.put("x-amz-content-sha256", UNSIGNED_PAYLOAD);
    sorted.put("x-amz-date", stamp);
    StringBuilder headers = new StringBuilder();
    sorted.forEach((name, value) -> headers.append(name).append(':').append(value).append('\n'));
    String names = String.join(";", sorted.keySet());
    String canonical =
        canonical(method, encodedPath, canonicalQuery, headers.toString(), names, UNSIGNED_PAYLOAD);
    String authorization = authorizationPrefix(names) + signature(canonical);
    return new Signed(stamp, UNSIGNED_PAYLOAD, authorization);
  }

  private static String canonical(
      String method,
      String encodedPath,
      String canonicalQuery,
      String headers,
      String headerNames,
      String payloadHash) {
    return method
        + '\n'
        + encodedPath
        + '\n'
        + canonicalQuery
        + '\n'
        + headers
        + '\n'
        + headerNames
        + '\n'
        + payloadHash;
  }

  private String signature(String canonical) {
    String digest = HEX.formatHex(sha256.digest(canonical.getBytes(UTF_8)));
    String toSign = "AWS4-HMAC-SHA256\n" + stamp + '\n' + scope + '\n' + digest;
    return HEX.formatHex(hmac(signingKey, toSign));
  }

  private void renewStamp() {
    long second = clock.millis() / 1000;
    if (second == stampSecond) {
      return;
    }
    stampSecond = second;
    LocalDateTime time = LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC);
    String date =
        String.format("%04d%02d%02d", time.getYear(), time.getMonthValue(), time.getDayOfMonth());
    stamp =
        String.format("%sT%02d%02d%02dZ", date, time.getHour(), time.getMinute(), time.getSecond());
    if (!date.equals(day)) {
      day = date;
      scope = date + '/' + region + "/s3/aws4_request";
      authorizationPrefix = authorizationPrefix(SIGNED_HEADERS);
      signingKey = deriveKey(date);
    }
  }

  private String authorizationPrefix(String headerNames) {
    return "AWS4-HMAC-SHA256 Credential="
        + credentials.accessKey()
        + '/'
        + scope
        + ",SignedHeaders="
        + headerNames
        + ",Signature=";
  }

  private SecretKeySpec deriveKey(String date) {
    byte[] secret = ("AWS4" + credentials.secretKey()).getBytes(UTF_8);
    byte[] dateKey = hmac(new SecretKeySpec(secret, HMAC), date);
    byte[] regionKey = hmac(new SecretKeySpec(dateKey, HMAC), region);
    byte[] serviceKey = hmac(new SecretKeySpec(regionKey, HMAC), "s3");
    return new SecretKeySpec(hmac(new SecretKeySpec(serviceKey, HMAC), "aws4_request"), HMAC);
  }

  private byte[] hmac(SecretKeySpec key, String data) {
    try {
      mac.init(key);
      return mac.doFinal(data.getBytes(UTF_8));
    } catch (InvalidKeyException e) {
      throw new IllegalStateException("a key of HMAC's own kind", e);
    }
  }
}
