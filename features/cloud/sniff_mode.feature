@cloud @model:none @requires:sniff-with-proxy @guide:ech-other-organization-previous @step:stack-version-above-6.7.0-and-below-7.6.0
Feature: Deployments of Elastic Cloud above 6.7 and below 7.6
  There is no proxy mode yet: the remote cluster is added in sniff mode, with its server name and the port 1 as the only seed, and
  with its proxy address as the proxy.

  Scenario: The Elasticsearch API adds a remote cluster in sniff mode
    Given two organizations of Elastic Cloud with a deployment each, without security
    And "logs" on the remote cluster holds 3 documents
    When the local cluster sets for "partner"
      | seeds | [<remote server name>:1] |
      | proxy | <remote proxy address>   |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  Scenario: Proxy mode is refused
    Given two organizations of Elastic Cloud with a deployment each, without security
    When the local cluster sets for "partner"
      | mode          | proxy                  |
      | proxy_address | <remote proxy address> |
    Then it is refused as "proxy-mode-before-7-6"

  @step:rest-put
  Scenario: The REST API takes sniff mode by itself
    Given two organizations of Elastic Cloud with a deployment each, without security
    And another deployment of the local organization
    When the remote clusters of the local deployment are set to
      | partner | other | true |
    Then "partner" is connected
    And the API lists the remote clusters of the local deployment as
      | partner | other | true | true | true | true |
