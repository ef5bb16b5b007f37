@guide:ech-other-organization @guide:eck-to-other-eck @model:api-key
Feature: A cross-cluster API key and the certificates
  The local cluster has to trust the certificate of the remote cluster server, and the certificate has to name the host that
  the local cluster connects to. The remote cluster asks for no certificate of the local one, unless it is told to.

  @step:trust-the-remote-certificate-authority
  Scenario: The local cluster does not know the certificate authority
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that does not trust its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "server-authority-unknown"

  Scenario: The certificate of an unknown authority comes without that of its authority
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster server's certificate "comes without that of its authority"
    And a local cluster that does not trust its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "server-authority-unknown-and-not-sent"

  Scenario: The certificate of a trusted authority may come without that of its authority
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster server's certificate "comes without that of its authority"
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  Scenario: The certificate has expired
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster server's certificate "has expired"
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "server-certificate-expired"

  @step:connect-to-a-remote-cluster @guide:ech-other-organization-previous @step:note-private-certificate
  Scenario: The certificate names another host, and the settings a server name
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster server's certificate "names only elsewhere.example"
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "server-certificate-names-another-host"

  Scenario: The certificate names another host, and the settings no server name
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster server's certificate "names only elsewhere.example"
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443 without a server name
    Then "partner" fails as "server-certificate-names-another-host"

  Scenario: The certificate names the server name, and not the address
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster server's certificate "names only elsewhere.example"
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443 with the server name "elsewhere.example"
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  Scenario: The certificate names another host, and host names are not verified
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster server's certificate "names only elsewhere.example"
    And a local cluster that trusts its certificate
    And the local cluster has the setting "xpack.security.remote_cluster_client.ssl.verification_mode" with the value "certificate"
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  Scenario: Without a routing load balancer the server name may be wrong
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443 with the server name "elsewhere.example"
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  Scenario: A routing load balancer does not know the server name
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9400 with the server name "elsewhere.example"
    Then "partner" fails as "server-name-unknown-to-the-load-balancer"

  Scenario: A routing load balancer gets no server name
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9400 without a server name
    Then "partner" fails as "server-name-unknown-to-the-load-balancer"

  Scenario: The local cluster speaks plain text with the remote cluster server
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And the local cluster has the setting "xpack.security.remote_cluster_client.ssl.enabled" with the value "false"
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "plain-text-to-the-remote-cluster-server"

  Scenario: The two sides have no TLS version in common
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster has the setting "xpack.security.remote_cluster_server.ssl.supported_protocols" with the value "[TLSv1.3]"
    And a local cluster that trusts its certificate
    And the local cluster has the setting "xpack.security.remote_cluster_client.ssl.supported_protocols" with the value "[TLSv1.2]"
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "no-tls-version-in-common"

  Scenario: The remote cluster server asks for a certificate and gets none
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster has the setting "xpack.security.remote_cluster_server.ssl.client_authentication" with the value "required"
    And the remote cluster has the setting "xpack.security.remote_cluster_server.ssl.certificate_authorities" with the value "[transport-ca.crt]"
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "server-wants-a-client-certificate"

  Scenario: The remote cluster server asks for a certificate of an authority that the local one is not from
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster has the setting "xpack.security.remote_cluster_server.ssl.client_authentication" with the value "required"
    And the remote cluster has the setting "xpack.security.remote_cluster_server.ssl.certificate_authorities" with the value "[transport-ca.crt]"
    And a local cluster that trusts its certificate
    And the local cluster has the setting "xpack.security.remote_cluster_client.ssl.certificate" with the value "transport.crt"
    And the local cluster has the setting "xpack.security.remote_cluster_client.ssl.key" with the value "transport.key"
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "server-wants-a-client-certificate"

  Scenario: The remote cluster server asks for a certificate and gets one that it trusts
    Given a local and a remote cluster with one certificate authority for everything
    And the remote cluster has the setting "xpack.security.remote_cluster_server.ssl.client_authentication" with the value "required"
    And the remote cluster has the setting "xpack.security.remote_cluster_server.ssl.certificate_authorities" with the value "[transport-ca.crt]"
    And the local cluster has the setting "xpack.security.remote_cluster_client.ssl.certificate" with the value "transport.crt"
    And the local cluster has the setting "xpack.security.remote_cluster_client.ssl.key" with the value "transport.key"
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  Scenario: The remote cluster server speaks plain text
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster has the setting "xpack.security.remote_cluster_server.ssl.enabled" with the value "false"
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "remote-cluster-server-without-tls"
