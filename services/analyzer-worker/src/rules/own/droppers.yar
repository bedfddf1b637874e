rule script_dropper
{
  meta:
    title = "A script that fetches and starts a program"
    explanation = "The file is a script that loads something from the internet or out of itself, writes it to disk and starts it. That is how malware is brought."
    weight = 75
    category = "malware"
  strings:
    $shell1 = "WScript.Shell" nocase
    $shell2 = "Shell.Application" nocase
    $shell3 = "ShellExecute" nocase
    $web1 = "MSXML2.XMLHTTP" nocase
    $web2 = "WinHttp.WinHttpRequest" nocase
    $web3 = "ADODB.Stream" nocase
    $web4 = "URLDownloadToFile" nocase
    $web5 = "bitsadmin" nocase
    $web6 = "certutil" nocase
  condition:
    filesize < 5MB and any of ($shell*) and any of ($web*)
}

rule powershell_download
{
  meta:
    title = "A command that has PowerShell fetch and run code"
    explanation = "The file calls PowerShell with hidden or encoded commands, or has it load code from the internet."
    weight = 75
    category = "malware"
  strings:
    $ps = "powershell" nocase
    $wide = "powershell" nocase wide
    $how1 = /-e(nc(odedcommand)?)?\s+[A-Za-z0-9+\/=]{60,200}/ nocase
    $how2 = "DownloadString" nocase
    $how3 = "DownloadFile" nocase
    $how4 = "FromBase64String" nocase
    $how5 = "Invoke-WebRequest" nocase
    $how6 = "-WindowStyle Hidden" nocase
    $how7 = "-w hidden" nocase
    $how8 = "IEX(" nocase
    $how9 = "DownloadString" nocase wide
    $how10 = "-w hidden" nocase wide
  condition:
    filesize < 5MB and any of ($ps, $wide) and any of ($how*)
}

rule mshta_remote
{
  meta:
    title = "A command that runs a page from the internet as a program"
    explanation = "The file starts a Windows tool (mshta, rundll32 or regsvr32) with an address on the internet: its content would run as a program."
    weight = 75
    category = "malware"
  strings:
    $a = /(mshta|regsvr32|rundll32)(\.exe)?["']?\s[^\r\n]{0,80}https?:\/\// nocase
  condition:
    filesize < 5MB and $a
}
