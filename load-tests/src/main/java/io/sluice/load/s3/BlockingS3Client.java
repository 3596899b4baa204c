package io.sluice.load.s3;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import javax.xml.stream.XMLStreamException;

/**
 * A plain S3 client for the runs that check contents, where being easy to reason about matters more
 * than speed: one thread, one request at a time, no retry of its own. (The JDK's client repeats
 * only GET and HEAD, and only on a connection that died unused.)
 *
 * <p>Not thread-safe: one client for each worker; they may share the {@link HttpClient}.
 *
 * <p>An {@link IOException} means that the outcome is unknown; a response of any status means that
 * the server decided.
 */
public final class BlockingS3Client {

  private static final byte[] NOTHING = new byte[0];

  private final HttpClient http;
  private final URI endpoint;
  private final Duration timeout;
  private final SigV4Signer signer;

  /**
   * A client for one worker.
   *
   * @param timeout for one request, from sending to the last byte of the response
   */
  public BlockingS3Client(
      HttpClient http, URI endpoint, Credentials credentials, String region, Duration timeout) {
    this.http = http;
    this.endpoint = endpoint;
    this.timeout = timeout;
    this.signer =
        new SigV4Signer(credentials, region, endpoint.getAuthority(), InstantSource.system());
  }

  /** An HTTP/1.1 client that many of these may share. */
  public static HttpClient sharedHttp() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(10))
        .build();
  }

  /**
   * Makes a bucket.
   *
   * @throws RefusedException when the server does not
   */
  public void createBucket(String bucket) throws IOException {
    S3Response response =
        send("PUT", bucketPath(bucket), Map.of(), Map.of(), BodyPublishers.noBody());
    if (!response.isSuccess()) {
      throw new RefusedException("CreateBucket", response);
    }
  }

  public S3Response put(String bucket, String key, byte[] body) throws IOException {
    return put(bucket, key, body, Map.of());
  }

  /**
   * PutObject with more headers, for example {@code If-None-Match}; those of {@code x-amz-} are
   * signed, in lower case.
   */
  public S3Response put(String bucket, String key, byte[] body, Map<String, String> headers)
      throws IOException {
    return send(
        "PUT", objectPath(bucket, key), Map.of(), headers, BodyPublishers.ofByteArray(body));
  }

  /** PutObject of a body that is never wholly in memory; {@code length} is declared, in bytes. */
  public S3Response putStream(
      String bucket, String key, Supplier<? extends InputStream> body, long length)
      throws IOException {
    return send("PUT", objectPath(bucket, key), Map.of(), Map.of(), streamOf(body, length));
  }

  /** CopyObject inside a bucket; a 200 whose body is an error is given back as status 500. */
  public S3Response copy(String bucket, String source, String key) throws IOException {
    return copy(bucket, source, bucket, key, Map.of());
  }

  /** CopyObject with more headers, for example {@code x-amz-metadata-directive}. */
  public S3Response copy(
      String sourceBucket, String source, String bucket, String key, Map<String, String> headers)
      throws IOException {
    Map<String, String> all = new TreeMap<>(headers);
    all.put("x-amz-copy-source", objectPath(sourceBucket, source).substring(1));
    return lateFailure(
        send("PUT", objectPath(bucket, key), Map.of(), all, BodyPublishers.noBody()));
  }

  public S3Response get(String bucket, String key) throws IOException {
    return get(bucket, key, Map.of());
  }

  /** GetObject with more headers, for example {@code x-amz-checksum-mode}. */
  public S3Response get(String bucket, String key, Map<String, String> headers) throws IOException {
    return send("GET", objectPath(bucket, key), Map.of(), headers, BodyPublishers.noBody());
  }

  /** GetObject as a stream; the caller closes the body. */
  public HttpResponse<InputStream> getStream(String bucket, String key) throws IOException {
    HttpRequest request =
        request("GET", objectPath(bucket, key), "", Map.of(), BodyPublishers.noBody());
    return exchange(request, BodyHandlers.ofInputStream());
  }

  public S3Response head(String bucket, String key) throws IOException {
    return send("HEAD", objectPath(bucket, key), Map.of(), Map.of(), BodyPublishers.noBody());
  }

  /** HeadObject of one part, whose answer says how many there are. */
  public S3Response headPart(String bucket, String key, int number) throws IOException {
    Map<String, String> query = Map.of("partNumber", Integer.toString(number));
    return send("HEAD", objectPath(bucket, key), query, Map.of(), BodyPublishers.noBody());
  }

  public S3Response delete(String bucket, String key) throws IOException {
    return send("DELETE", objectPath(bucket, key), Map.of(), Map.of(), BodyPublishers.noBody());
  }

  /**
   * Begins a multipart upload.
   *
   * @return the upload id
   */
  public String createMultipartUpload(String bucket, String key) throws IOException {
    return createMultipartUpload(bucket, key, Map.of());
  }

  /** CreateMultipartUpload with more headers, which will be the object's. */
  public String createMultipartUpload(String bucket, String key, Map<String, String> headers)
      throws IOException {
    S3Response response =
        send(
            "POST",
            objectPath(bucket, key),
            Map.of("uploads", ""),
            headers,
            BodyPublishers.noBody());
    Optional<String> id = Xml.firstText(response.text(), "UploadId");
    return id.orElseThrow(() -> new RefusedException("CreateMultipartUpload", response));
  }

  /**
   * Uploads a part that is in memory.
   *
   * @return the part's ETag
   */
  public String uploadPart(String bucket, String key, String uploadId, int number, byte[] body)
      throws IOException {
    return uploadPart(bucket, key, uploadId, number, BodyPublishers.ofByteArray(body));
  }

  /** UploadPart of a body that is never wholly in memory. */
  public String uploadPartStream(
      String bucket,
      String key,
      String uploadId,
      int number,
      Supplier<? extends InputStream> body,
      long length)
      throws IOException {
    return uploadPart(bucket, key, uploadId, number, streamOf(body, length));
  }

  private String uploadPart(
      String bucket, String key, String uploadId, int number, BodyPublisher body)
      throws IOException {
    Map<String, String> query =
        Map.of("partNumber", Integer.toString(number), "uploadId", uploadId);
    S3Response response = send("PUT", objectPath(bucket, key), query, Map.of(), body);
    if (!response.isSuccess()) {
      throw new RefusedException("UploadPart", response);
    }
    return response.etag();
  }

  /** CompleteMultipartUpload; a 200 whose body is an error is given back as status 500. */
  public S3Response completeMultipartUpload(
      String bucket, String key, String uploadId, List<String> etags) throws IOException {
    StringBuilder xml = new StringBuilder("<CompleteMultipartUpload>");
    for (int i = 0; i < etags.size(); i++) {
      xml.append("<Part><PartNumber>").append(i + 1).append("</PartNumber><ETag>");
      xml.append(etags.get(i)).append("</ETag></Part>");
    }
    xml.append("</CompleteMultipartUpload>");
    S3Response response =
        send(
            "POST",
            objectPath(bucket, key),
            Map.of("uploadId", uploadId),
            Map.of(),
            BodyPublishers.ofString(xml.toString()));
    return lateFailure(response);
  }

  /** Complete and copy may send 200 before they know their outcome; the body then tells. */
  private static S3Response lateFailure(S3Response response) {
    boolean failedLate = response.isSuccess() && response.errorCode().isPresent();
    return failedLate ? new S3Response(500, response.body()) : response;
  }

  /** GET of something beside S3 that is signed like it, such as the administration API. */
  public S3Response getPath(String path) throws IOException {
    return send("GET", path, Map.of(), Map.of(), BodyPublishers.noBody());
  }

  /** POST of JSON to something beside S3 that is signed like it. */
  public S3Response postPath(String path, String json) throws IOException {
    Map<String, String> headers = Map.of("Content-Type", "application/json");
    return send("POST", path, Map.of(), headers, BodyPublishers.ofString(json));
  }

  /** The whole listing of a bucket, page by page. */
  public List<ListPage.Entry> listAll(String bucket, int pageSize) throws IOException {
    List<ListPage.Entry> all = new ArrayList<>();
    Optional<String> token = Optional.empty();
    do {
      Map<String, String> query = new TreeMap<>();
      query.put("list-type", "2");
      query.put("max-keys", Integer.toString(pageSize));
      token.ifPresent(t -> query.put("continuation-token", t));
      S3Response response =
          send("GET", bucketPath(bucket), query, Map.of(), BodyPublishers.noBody());
      if (!response.isSuccess()) {
        throw new RefusedException("ListObjectsV2", response);
      }
      try {
        ListPage page = Xml.listPage(response.text());
        all.addAll(page.entries());
        token = page.nextToken();
      } catch (XMLStreamException e) {
        throw new IOException("unreadable listing", e);
      }
    } while (token.isPresent());
    return all;
  }

  private static BodyPublisher streamOf(Supplier<? extends InputStream> body, long length) {
    return BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(body), length);
  }

  private S3Response send(
      String method,
      String path,
      Map<String, String> query,
      Map<String, String> headers,
      BodyPublisher body)
      throws IOException {
    HttpRequest request = request(method, path, UriEncoding.query(query), headers, body);
    HttpResponse<byte[]> response = exchange(request, BodyHandlers.ofByteArray());
    byte[] bytes = response.body() == null ? NOTHING : response.body();
    return new S3Response(response.statusCode(), response.headers(), bytes);
  }

  private HttpRequest request(
      String method, String path, String query, Map<String, String> headers, BodyPublisher body) {
    TreeMap<String, String> amzHeaders = new TreeMap<>(headers);
    amzHeaders.keySet().removeIf(name -> !name.startsWith("x-amz-"));
    SigV4Signer.Signed signed =
        amzHeaders.isEmpty()
            ? signer.sign(method, path, query)
            : signer.sign(method, path, query, amzHeaders);
    URI uri = endpoint.resolve(query.isEmpty() ? path : path + '?' + query);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(timeout)
            .method(method, body)
            .header("x-amz-date", signed.amzDate())
            .header("x-amz-content-sha256", signed.contentSha256())
            .header("Authorization", signed.authorization());
    headers.forEach(request::header);
    return request.build();
  }

  private <T> HttpResponse<T> exchange(HttpRequest request, HttpResponse.BodyHandler<T> bodyHandler)
      throws IOException {
    try {
      return http.send(request, bodyHandler);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static String bucketPath(String bucket) {
    return '/' + bucket;
  }

  private static String objectPath(String bucket, String key) {
    return '/' + bucket + '/' + UriEncoding.path(key);
  }

  /** The server answered with an error what must succeed, as a step of a longer exchange. */
  public static final class RefusedException extends IOException {
    private final transient S3Response response;

    RefusedException(String operation, S3Response response) {
      super(operation + " was answered with " + response);
      this.response = response;
    }

    public S3Response response() {
      return response;
    }
  }
}
