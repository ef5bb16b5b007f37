@eck @guide:eck-to-other-eck @model:api-key @simulated:kubelet @simulated:load-balancer
@simulated:public-authority
Feature: The remote cluster server shows a certificate of a public authority
  Where the certificate is not ECK's and every Java runtime trusts its authority, the local cluster needs none.

  Background:
    Given the administrators have a certificate for "clusters.partner.test" of the authority "public" in the files "public.crt" and "public.key"
    And the administrator of the remote ECK runs
      """
      kubectl delete secret own-certificate --ignore-not-found
      kubectl create secret generic own-certificate --from-file=tls.crt=public.crt --from-file=tls.key=public.key
      """
    And the manifest "remote-own-certificate.yaml" is applied to the remote ECK
    And "logs" on the remote cluster holds 3 documents
    And a lasting cross-cluster API key with search access to "logs"
    And the manifest "own-api-keys.yaml" is applied to the local ECK

  @step:configure-the-local-deployment-1 @step:configure-the-local-deployment-2
  Scenario: No authority is given
    Given the administrators have the authority "public" as the Java trust store "public.p12"
    And the administrator of the local ECK runs
      """
      kubectl delete secret public-authorities --ignore-not-found
      kubectl delete configmap java-options --ignore-not-found
      kubectl create secret generic public-authorities --from-file=public.p12
      kubectl create configmap java-options --from-literal=public.options="
      -Djavax.net.ssl.trustStore=/usr/share/elasticsearch/config/public/public.p12
      -Djavax.net.ssl.trustStorePassword=changeit"
      """
    And the manifest "local-public-authority.yaml" is applied to the local ECK
    When the local cluster adds "partner" in proxy mode on port 9443 with the server name "clusters.partner.test"
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
